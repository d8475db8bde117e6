"""The words that tolls are told in, language by language; what the lists mean says `digest.stories.toll_words`.

``!`` behind a word: it may belong to what follows it ("12 dead birds"), so what follows is looked at. All is written
small; accents count, Arabic vowel signs and hamzas do not.
"""

from __future__ import annotations

from digest.stories.toll_words import Harm, Tongue

_K, _W, _M, _A, _D = Harm.KILLED, Harm.WOUNDED, Harm.MISSING, Harm.ARRESTED, Harm.DISPLACED


ENGLISH = Tongue(
    numbers=(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty"
    ),
    after={
        _K: "killed dead! deaths! fatalities died die perished drowned slain massacred bodies!",
        _W: "wounded! injured! hurt! injuries! hospitalized hospitalised",
        _M: "missing! unaccounted",
        _A: "arrested detained arrests!",
        _D: "evacuated displaced! homeless!",
    },
    before={
        _K: "kills killed killing",
        _W: "wounds wounding injures injured injuring wounded hurts",
        _A: "arrest arrests arrested detain detains detained arresting detaining",
        _D: "evacuates evacuated displaces displaced displacing",
    },
    people="people persons person men man women woman children child kids boys girls students pupils teachers workers "
    "worker miners soldiers troops servicemen civilians officers police policemen migrants refugees passengers "
    "protesters demonstrators protestors rebels militants fighters gunmen terrorists firefighters journalists tourists "
    "residents villagers worshippers pilgrims sailors crew hostages doctors medics prisoners inmates teenagers teens "
    "infants babies patients employees staff climbers hikers fishermen farmers guards rescuers suspects activists "
    "members families palestinians israelis ukrainians russians syrians iraqis afghans americans koreans chinese "
    "japanese indians pakistanis turks kurds lebanese iranians yemenis britons germans egyptians libyans sudanese "
    "nigerians mexicans filipinos indonesians somalis kenyans canadians australians europeans africans",
    fillers=(
        "were are have had been on board aboard now reported reportedly confirmed left of the young local foreign "
        "armed palestinian israeli ukrainian russian syrian iraqi afghan american british french german turkish "
        "kurdish chinese korean indian pakistani iranian lebanese egyptian filipino mexican un us government "
        "army aid also"
    ),
    links="at least as many more than over nearly almost about around some another the dead toll to",
    counts="toll number count tally fatalities",
    to="to at hits reaches passes tops exceeds surpasses nears crosses now reached passed topped hit climbs",
    tails="in at on after as and from near following during including when by with amid across or but while outside "
    "inside off over for under into since so overnight this since due among were are is was say says said "
    "feared confirmed reported police officials today dead injured recovered "
    "retrieved pulled found",
    rising={_K: "death toll"},
    unlike="road roads bridge bridges tunnel tunnels highway motorway turnpike expressway freeway truck lane lanes "
    "booth booths plaza tax charge fee fees rate rates free injury injuries injured wounded missing arrest arrests "
    "case cases infection infections",
    spoken="deadly fatal fatally death deaths dies dying body bodies victims victim killings murder murdered slaying "
    "massacre lives casualties dead",
    tens="twenty thirty forty fifty sixty seventy eighty ninety",
    thousands="thousand",
    millions="million",
    others="more others further another additional other",
)

GERMAN = Tongue(
    numbers="ein/eine/einen/einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn zwanzig",
    after={
        _K: "tote! toten! todesopfer getötet sterben starben gestorben tot umgekommen leben! todesfälle",
        _W: "verletzte! verletzten! verletzt schwerverletzte verwundet verwundete!",
        _M: "vermisst vermisste!",
        _A: "festgenommen verhaftet festnahmen verhaftungen festgenommene!",
        _D: "evakuiert vertrieben obdachlos",
    },
    before={_K: "tötet töten tötete töteten", _W: "verletzt verletzte", _A: "verhaftet verhaftete", _D: "evakuiert"},
    people="menschen personen männer frauen kinder soldaten zivilisten polizisten arbeiter bergleute schüler studenten "
    "migranten flüchtlinge passagiere demonstranten kämpfer feuerwehrleute journalisten touristen bewohner insassen "
    "palästinenser israelis ukrainer russen syrer deutsche amerikaner mann frau kind person jugendliche",
    fillers="wurden sind waren worden haben sein bei kamen kommen gekommen und mehr der ukrainische russische "
    "palästinensische israelische syrische türkische deutsche schwer leicht",
    links="mindestens wenigstens rund etwa fast über mehr als knapp ca wohl",
    counts="zahl opferzahl anzahl",
    to="auf bei über erreicht übersteigt",
    tails="bei in nach durch und an am im auf bei von vor sowie oder während gestiegen angestiegen "
    "erhöht gemeldet befürchtet bestätigt gefunden zu "
    "seit geborgen infolge wegen",
    rising={_K: "opferzahl toten todesopfer"},
    spoken="tödlich tödlicher tödliche tödlichen tot tod stirbt opfer opferzahl leiche leichen todesopfer tote toten",
    thousands="tausend",
    millions="million millionen mio",
    others="weitere weiteren weiterer andere",
)

FRENCH = Tongue(
    numbers="un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt",
    after={
        _K: "morts mort tués tuées tué tuée décès décédés décédées meurent mortes péri périssent",
        _W: "blessés blessées blessé blessée",
        _M: "disparus disparues disparu",
        _A: "arrêtés arrêtées arrêté arrestations interpellés interpellées interpellations détenus",
        _D: "évacués évacuées déplacés déplacées",
    },
    before={
        _K: "tue tuent tué tuant",
        _W: "blesse blessent blessant",
        _A: "arrête arrêtent interpelle",
        _D: "évacue évacuent",
    },
    people="personnes personne hommes femmes enfants civils soldats militaires policiers élèves étudiants ouvriers "
    "mineurs migrants réfugiés passagers manifestants combattants pompiers journalistes touristes habitants "
    "palestiniens israéliens ukrainiens russes syriens français américains",
    fillers="ont trouvé perdu été sont a est étaient avaient sont ukrainiens russes palestiniens "
    "israéliens syriens et de "
    "le la nombre du des portées portés",
    links="au moins plus de près d environ quelque à",
    counts="bilan nombre",
    to="à de dépasse atteint atteignent",
    tails="dans à en après et selon lors sur au aux par dont depuis près",
    rising={_K: "victimes"},
    spoken="meurtrier meurtrière meurtrières mortel mortelle mort morts tués décès victimes corps",
    tens="vingt trente quarante cinquante soixante",
    thousands="mille",
    millions="million millions",
    others="autres nouveaux nouvelles autre supplémentaires",
)

SPANISH = Tongue(
    numbers="un/una/uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte",
    after={
        _K: (
            "muertos muertas muerto muerta muertes fallecidos fallecidas fallecen fallecieron murieron mueren "
            "asesinados asesinadas fallecido mortales"
        ),
        _W: "heridos heridas herido lesionados lesionadas",
        _M: "desaparecidos desaparecidas desaparecido",
        _A: "detenidos detenidas arrestados arrestadas detenciones detenido",
        _D: "evacuados evacuadas desplazados desplazadas damnificados",
    },
    before={
        _K: "mata matan mató mataron mueren murieron muere fallecen fallecieron matando asesinan",
        _W: "hiere hieren heridas hirió",
        _A: "detiene detienen arresta arrestan detenidas detenidos arrestados",
        _D: "evacuan evacúan desplaza",
    },
    people="personas persona hombres mujeres niños niñas menores civiles soldados militares policías trabajadores "
    "mineros estudiantes migrantes refugiados pasajeros manifestantes combatientes bomberos periodistas turistas "
    "palestinos israelíes ukranianos ucranianos rusos sirios vecinos",
    fillers="han sido fueron son resultaron murieron fallecidas palestinos ucranianos la cifra el número total de los "
    "las y hay quedaron víctimas",
    links="al menos a más de unos unas casi cerca alrededor por lo ya",
    counts="cifra número balance saldo ascienden asciende suben",
    to="a en supera alcanza de",
    tails="en tras por y a durante según con al cerca entre de del desde dejó deja",
    rising={_K: "víctimas"},
    spoken="mortal mortales letal muerte muertos muere víctimas fallecidos asesinato cuerpos cadáveres",
    thousands="mil",
    millions="millón millones",
    others="otros otras nuevos nuevas adicionales",
)

PORTUGUESE = Tongue(
    numbers="um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze quatorze/catorze quinze "
    "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove vinte",
    after={
        _K: "mortos mortas morto morta mortes morreram morrem óbitos mortais",
        _W: "feridos feridas ferido ferida",
        _M: "desaparecidos desaparecidas desaparecido",
        _A: "presos presas detidos detidas prisões detenções",
        _D: "evacuados evacuadas desalojados desalojadas desabrigados deslocados retirados",
    },
    before={
        _K: "mata matam matou mataram morrem morreram matando",
        _W: "fere ferem feriu",
        _A: "prende prendem prendeu detém",
        _D: "evacua desaloja",
    },
    people="pessoas pessoa homens mulheres crianças civis soldados militares policiais polícias trabalhadores mineiros "
    "estudantes migrantes refugiados passageiros manifestantes combatentes bombeiros jornalistas turistas moradores "
    "palestinos palestinianos israelenses ucranianos russos sírios",
    fillers="foram são estão ficaram o número de a total e os as há vítimas palestinos ucranianos",
    links="pelo menos ao mais de cerca quase a já",
    counts="número balanço total",
    to="para a em chega supera ultrapassa atinge",
    tails="em após e no na nos nas por durante segundo com a ao perto entre de do da desde",
    rising={_K: "vítimas"},
    spoken="mortal fatal morte mortos morre vítimas corpos assassinato",
    thousands="mil",
    millions="milhão milhões",
    others="outros outras novos novas",
)

ITALIAN = Tongue(
    numbers="un/una/uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
    "sedici diciassette diciotto diciannove venti",
    after={
        _K: "morti morte uccisi uccise muoiono morirono",
        _W: "feriti ferite",
        _M: "dispersi disperse",
        _A: "arrestati arrestate arresti fermati",
        _D: "evacuati sfollati evacuate",
    },
    before={_K: "uccide uccidono ucciso muoiono uccisi", _W: "ferisce feriti", _A: "arrestati arresta arrestate"},
    people="persone uomini donne bambini civili soldati militari poliziotti operai studenti migranti passeggeri "
    "manifestanti palestinesi israeliani ucraini russi turisti giornalisti",
    fillers="sono state stati il numero dei delle di e i le persone almeno",
    links="almeno più di oltre circa quasi",
    counts="bilancio numero",
    to="a sale supera",
    tails="in a dopo e nel nella per durante secondo tra al alla su da",
    rising={_K: "vittime"},
    spoken="mortale muore vittime morti morto morta uccisione",
    thousands="mila",
    millions="milione milioni",
    others="altri altre",
)

TURKISH = Tongue(
    numbers="bir iki üç dört beş altı yedi sekiz dokuz on - - - - - - - - - yirmi",
    after={
        _K: "öldü ölü öldürüldü hayatını ölüm yaşamını",
        _W: "yaralandı yaralı",
        _M: "kayıp",
        _A: "gözaltına tutuklandı gözaltı",
        _D: "tahliye",
    },
    before={},
    people="kişi kişinin asker sivil çocuk kadın işçi polis öğrenci yolcu göçmen",
    fillers="kişi",
    links="en az",
    counts="sayısı can",
    to="sayısı kaybı",
    tails="ve ' oldu yükseldi çıktı",
    rising={_K: "kaybı"},
    spoken="ölümcül ölü öldü ölen kaybı",
    thousands="bin",
    millions="milyon",
    others="daha",
)

RUSSIAN = Tongue(
    numbers=(
        "один/одна/одного/одном два/две/двое/двух/двоих три/трое/трех/трёх/троих/трем "
        "четыре/четверо/четырех/четырёх пять/пятеро/пяти шесть/шестеро/шести семь/семеро/семи восемь/восьми "
        "девять/девяти десять/десяти одиннадцать/одиннадцати двенадцать/двенадцати тринадцать четырнадцать "
        "пятнадцать/пятнадцати шестнадцать семнадцать восемнадцать девятнадцать двадцать/двадцати"
    ),
    after={
        _K: "погибли погибло погибших погибшие погиб погибшими убиты убито убитых умерли умерло скончались жертв "
        "погибшего",
        _W: "ранены ранено раненых пострадали пострадало пострадавших ранения",
        _M: "пропали пропавших пропало",
        _A: "задержаны задержано задержанных арестованы арестовано арестованных задержали",
        _D: "эвакуированы эвакуировано эвакуировали эвакуированных",
    },
    before={
        _K: (
            "погибли погибло убиты убито убил убили убила умерли умерло гибели погибшими скончались жертвами "
            "унес унесло гибель"
        ),
        _W: "ранены ранено пострадали пострадало ранил ранили ранив",
        _M: "пропали пропало",
        _A: "задержаны задержано задержали арестованы арестовали",
        _D: "эвакуированы эвакуировали эвакуировано",
    },
    people="человек человека людей солдат военных мирных жителей детей женщин мужчин гражданских рабочих шахтеров "
    "полицейских пассажиров военнослужащих боевиков палестинцев украинцев сотрудников",
    fillers="человек были было уже также и стали получили мирные жители военные без как минимум",
    links="не менее как минимум более свыше около почти уже по меньшей мере стали минимум",
    counts="число количество",
    to="до превысило достигло составило составляет до",
    tails="в на при после из и от под во по с около",
    rising={_K: "жертв"},
    spoken="смертельный смертельное погиб погибла гибель убит убита смерть смерти тела тело жертвы",
    thousands="тысяч тысячи тысяча тыс",
    millions="миллионов миллиона миллион млн",
    others="еще ещё других",
    free=True,
)

UKRAINIAN = Tongue(
    numbers="один/одна/одного два/дві/двоє/двох три/троє/трьох чотири/четверо/чотирьох п'ять/п'ятеро/п'яти "
    "шість/шестеро/шести сім/семеро/семи вісім/восьми дев'ять/дев'яти десять/десяти одинадцять/одинадцяти "
    "дванадцять/дванадцяти тринадцять чотирнадцять п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять "
    "двадцять",
    after={
        _K: "загинули загинуло загиблих загинув вбиті вбито вбитих померли померло загиблі",
        _W: "поранені поранено поранених постраждали постраждало постраждалих поранення",
        _M: "зникли зниклих зникло",
        _A: "затримані затримано затриманих заарештовані затримали",
        _D: "евакуйовані евакуйовано евакуювали",
    },
    before={
        _K: "загинули загинуло вбито вбиті вбив вбили померли загиблими жертвами загибель",
        _W: "поранено поранені постраждали постраждало",
        _M: "зникли зникло",
        _A: "затримано затримали затримані заарештовано",
        _D: "евакуювали евакуйовано",
    },
    people="людей осіб людини особи дітей військових солдатів цивільних жінок чоловіків мирних жителів",
    fillers="людей осіб були було вже також та й стали дістали зазнали отримали без",
    links="щонайменше не менше понад більше ніж близько майже вже як мінімум",
    counts="кількість число",
    to="до перевищила сягнула становить",
    tails="у в на внаслідок під після та і й від через",
    rising={_K: "жертв"},
    spoken="смертельний загинула загибель смерть тіла тіло жертви вбивство",
    thousands="тисяч тисячі тис",
    millions="мільйонів млн",
    others="ще інших",
    free=True,
)

ARABIC = Tongue(
    numbers="واحد/واحدا اثنين/اثنان/شخصين/شخصان/جنديين/جنديانثلاثة/ثلاث اربعة/اربع خمسة/خمس ستة/ست سبعة/سبع "
    "ثمانية/ثماني تسعة/تسع عشرة/عشر - - - - - - - - - عشرين/عشرون",
    after={
        _K: "قتيلا قتيل قتلى قتلوا شهيدا شهداء شهيد وفاة",
        _W: "جريحا جرحى جريح مصابا اصيبوا اصابة مصابين",
        _M: "مفقودا مفقودين مفقود",
        _A: "معتقلا معتقلين",
        _D: "نازحا نازح",
    },
    before={
        _K: "مقتل قتل قتلت يقتل تقتل استشهاد مصرع وفاة استشهد ومقتل",
        _W: "اصابة جرح اصيب واصيب",
        _M: "فقدان وفقدان",
        _A: "اعتقال اعتقلت اعتقل توقيف تعتقل",
        _D: "اجلاء نزوح",
    },
    people="شخصا شخص اشخاص جنديا جنود مدنيا مدنيين طفلا اطفال فلسطينيا فلسطينيين عنصرا امراة نساء مهاجرا مسلحا",
    fillers="شخصا شخص اشخاص بين جنود مدنيين اطفال فلسطينيين على الاقل",
    links="نحو حوالي اكثر من ما لا يقل عن زهاء على الاقل قرابة",
    counts="حصيلة عدد الحصيلة",
    to="الى بلغ يتجاوز تجاوز",
    tails="في و جراء اثر بينهم على",
    rising={_K: "القتلى الضحايا الشهداء الوفيات قتلى"},
    spoken="قتلى القتلى ضحايا الضحايا دام دامية الوفيات شهداء الشهداء جثة",
    thousands="الف الاف",
    millions="مليون ملايين",
    others="اخرين اخرون اضافيين",
    free=True,
)

PERSIAN = Tongue(
    numbers="یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده بیست",
    after={
        _K: "کشته کشته‌ جان قربانی شهید",
        _W: "زخمی مجروح مصدوم",
        _M: "مفقود ناپدید",
        _A: "بازداشت دستگیر",
        _D: "تخلیه آواره",
    },
    before={_K: "مرگ شدن باختن", _A: "بازداشت دستگیری"},
    people="نفر تن سرباز غیرنظامی کودک زن مرد کارگر معترض",
    fillers="نفر تن سرباز غیرنظامی کودک زن مرد کارگر معترض نیز",
    links="دست کم دستکم حداقل بیش از حدود",
    counts="شمار تعداد آمار",
    to="به",
    tails="در و بر",
    rising={_K: "قربانیان کشته تلفات"},
    spoken="کشته مرگبار قربانیان جان مرگ",
    thousands="هزار",
    millions="میلیون",
    others="دیگر",
    free=True,
)

POLISH = Tongue(
    numbers=(
        "jeden/jedna/jedną dwa/dwie/dwóch/dwoje trzy/trzech/troje cztery/czterech pięć/pięciu sześć/sześciu "
        "siedem/siedmiu osiem/ośmiu dziewięć/dziewięciu dziesięć/dziesięciu jedenaście/jedenastu dwanaście/dwunastu "
        "trzynaście/trzynastu czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście dwadzieścia"
    ),
    after={
        _K: "zginęło zginęli zginęły zabitych zabici śmiertelnych zmarło",
        _W: "rannych ranni ranne",
        _M: "zaginionych zaginęło",
        _A: "zatrzymanych aresztowanych zatrzymano",
        _D: "ewakuowanych ewakuowano",
    },
    before={_K: "zginęło zginęli zabił zabiła zabito żyje", _A: "zatrzymano aresztowano", _D: "ewakuowano"},
    people="osób osoby ludzi żołnierzy cywilów dzieci kobiet mężczyzn górników migrantów",
    fillers="ofiar zostało zostali i",
    links="co najmniej ponad około już blisko",
    counts="liczba bilans",
    to="do wzrosła przekroczyła",
    tails="w na po i",
    rising={_K: "ofiar"},
    spoken="śmiertelny zginął zginęła śmierć ofiary zabity",
    thousands="tys tysięcy tysiące",
    millions="mln milionów",
    others="kolejnych innych",
    free=True,
)

INDONESIAN = Tongue(
    numbers="satu/seorang dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
    after={
        _K: "tewas meninggal",
        _W: "luka terluka",
        _M: "hilang",
        _A: "ditangkap ditahan",
        _D: "mengungsi dievakuasi",
    },
    before={_K: "menewaskan tewaskan", _W: "melukai", _A: "menangkap tangkap", _D: "evakuasi"},
    people="orang warga tentara anak pekerja penumpang siswa polisi",
    fillers="di antaranya",
    links="sedikitnya setidaknya lebih dari sekitar hampir",
    counts="jumlah korban",
    to="jadi menjadi mencapai",
    tails="di dalam akibat dan setelah pada dari usai",
    spoken="tewas meninggal korban jasad",
    thousands="ribu",
    millions="juta",
    others="lagi lainnya",
)

VIETNAMESE = Tongue(
    numbers="một hai ba bốn năm sáu bảy tám chín mười",
    after={_K: "chết mạng", _W: "thương", _M: "tích"},
    before={_A: "bắt", _D: "tán"},
    people="người binh sĩ dân em",
    fillers="thiệt bị mất đã",
    links="ít nhất hơn gần khoảng giữ",
    counts="số",
    to="lên tới",
    tails="ở tại trong vì do sau và",
    spoken="chết mạng nạn",
    thousands="nghìn ngàn",
    millions="triệu",
    others="thêm nữa",
)

HEBREW = Tongue(
    numbers=("אחד/אחת שניים/שני/שתי/שתיים שלושה/שלוש ארבעה/ארבע חמישה/חמש שישה/שש שבעה/שבע שמונה תשעה/תשע עשרה/עשר"),
    after={_K: "הרוגים נהרגו נרצחו מתו", _W: "פצועים נפצעו", _M: "נעדרים", _A: "נעצרו עצורים", _D: "פונו"},
    before={_K: "נהרגו נרצחו", _W: "נפצעו", _A: "נעצרו", _D: "פונו"},
    people="בני אדם איש אנשים חיילים אזרחים ילדים פלסטינים",
    fillers="בני",
    links="לפחות יותר כמעט",
    counts="מספר מניין",
    to="",
    tails="",
    spoken="הרוג הרוגים נהרג קטלני קטלנית נרצח",
    thousands="אלף אלפים",
    millions="מיליון",
    others="נוספים",
    free=True,
)

HINDI = Tongue(
    numbers="एक दो तीन चार पांच/पाँच छह/छः सात आठ नौ दस ग्यारह बारह",
    after={_K: "मौत मारे मृत मरे", _W: "घायल", _M: "लापता", _A: "गिरफ्तार"},
    before={},
    people="लोगों लोग जवान जवानों मजदूरों मजदूर बच्चों बच्चे सैनिक महिलाओं यात्रियों श्रद्धालुओं",
    fillers="की",
    links="",
    counts="मृतकों मृतक मरने",
    to="संख्या बढ़कर",
    tails="",
    rising={_K: "संख्या"},
    spoken="मौत मौतें शव मृतक",
    thousands="हजार हज़ार",
    millions="",
    others="और",
    free=True,
)

TONGUES = (
    ENGLISH,
    GERMAN,
    FRENCH,
    SPANISH,
    PORTUGUESE,
    ITALIAN,
    TURKISH,
    RUSSIAN,
    UKRAINIAN,
    ARABIC,
    PERSIAN,
    POLISH,
    INDONESIAN,
    VIETNAMESE,
    HEBREW,
    HINDI,
)
