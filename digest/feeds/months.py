"""The months by their names, written out and cut, in the languages that feeds write dates in (after the CLDR)."""

from __future__ import annotations

from typing import Final

_NAMES: Final = """\
ene enero gen gener gennaio ian ianuarie jaan jaanuar jan janeiro januar januari january január janv janvier
janvāris jän jänner led leden ledna oca ocak saus sausio sausis sty styczeń stycznia tammi tammikuu tammikuuta yan
yanvar ιαν ιανουάριος ιανουαρίου сту студзень студзеня січ січень січня янв январь января яну януари јан јануар
јануари қаң қаңтар հնվ հունվար հունվարի ינואר ינו׳ يناير ژانویه ژانویهٔ जनवरी जन॰ জানু জানুয়ারী იან იანვარი

feb febbraio feber febr febrer febrero februar februari februarie february február februāris fev fevereiro fevral
fév févr février helmi helmikuu helmikuuta lut lutego luty vas vasario vasaris veebr veebruar úno únor února şub
şubat φεβ φεβρουάριος φεβρουαρίου ақп ақпан лют лютага лютий лютого люты феб фебруар фев февр февраль февраля
февруари փետրվար փետրվարի փտվ פברואר פבר׳ شباط فبراير فوریه فوریهٔ फ़रवरी फ़र॰ ফেব ফেব্রুয়ারী თებ თებერვალი

bře březen března kov kovas kovo maalis maaliskuu maaliskuuta maart mac maer maerz mar marca march marec maret mars
mart martie marts marzec marzo març março mrt mrz márc március mär märts märz μάρ μάρτιος μαρ μαρτίου бер березень
березня мар март марта нау наурыз сак сакавік сакавіка մարտ մարտի մրտ מרץ آذار اذار مارس मार्च মার্চ მარ მარტი

abr abril apr aprel april aprile aprilie aprill aprīlis avr avril bal balandis balandžio dabr dabril dub duben dubna
huhti huhtikuu huhtikuuta kwi kwiecień kwietnia nis nisan ápr április απρ απρίλιος απριλίου апр апрель апреля април
квіт квітень квітня кра красавік красавіка сәу сәуір ապր ապրիլ ապրիլի אפריל אפר׳ آوریل أبريل نيسان अप्रैल এপ্রি
এপ্রিল აპრ აპრილი

geg gegužė gegužės kvě květen května mag maggio mai maig maijs maio maj maja may mayo mayıs mei máj május touko
toukokuu toukokuuta μάι μάιος μαΐ μαΐου май мам мамыр мая мај трав травень травня մայիս մայիսի մյս מאי أيار ايار
مايو مهٔ მაი მაისი

birž birželio birželis cze czerwca czerwiec giu giugno haz haziran iun iunie iyn iyun juin jun june junho juni junij
junio juny juuni jún június jūn jūnijs kesä kesäkuu kesäkuuta červen června čvn ιουν ιουνίου ιούν ιούνιος июн июнь
июня мау маусым черв червень червня чэр чэрвень чэрвеня юни јун јуни հնս հունիս հունիսի יוני حزيران يونيو ژوئن जून
জুন ივნ ივნისი

heinä heinäkuu heinäkuuta iul iulie iyl iyul juil juillet jul julai julho juli julij julio juliol july juuli júl
július jūl jūlijs liep liepa liepos lip lipca lipiec lug luglio tem temmuz července červenec čvc ιουλ ιουλίου ιούλ
ιούλιος июл июль июля лип липень липня ліп ліпень ліпеня шіл шілде юли јул јули հլս հուլիս հուլիսի יולי تموز يوليو
ژوئیه ژوئیهٔ जुलाई जुल॰ জুল জুলাই ივლ ივლისი

ago agost agosto agu agustus aou août aug august augusti augusts augustus augusztus avg avgust avq avqust ağu
ağustos dag dagost elo elokuu elokuuta ogo ogos rugp rugpjūtis rugpjūčio sie sierpień sierpnia srp srpen srpna αυγ
αυγούστου αύγ αύγουστος авг август августа жні жнівень жніўня серп серпень серпня там тамыз օգոստոս օգոստոսի օգս
אוגוסט אוג׳ آب أغسطس اوت अगस्त अग॰ আগস্ট აგვ აგვისტო

eyl eylül rugs rugsėjis rugsėjo sen sentabr sentyabr sep sepp sept september septembre septembrie septembris
septiembre set setembre setembro settembre syys syyskuu syyskuuta szept szeptember wrz wrzesień września zář září
σεπ σεπτέμβριος σεπτεμβρίου вер верасень верасня вересень вересня сен сент сентябрь сентября сеп септембар септември
қыр қыркүйек սեպ սեպտեմբեր սեպտեմբերի ספטמבר ספט׳ أيلول ايلول سبتمبر سپتامبر सितंबर सित॰ সেপ সেপ্টেম্বর სექ
სექტემბერი

doct doctubre eki ekim loka lokakuu lokakuuta oct october octobre octombrie octubre okt oktabr oktober oktobris
oktoober oktyabr október ott ottobre out outubro paź październik października spal spalio spalis říj říjen října οκτ
οκτωβρίου οκτώβριος жовт жовтень жовтня кас кастрычнік кастрычніка окт октобар октомври октябрь октября қаз қазан
հոկ հոկտեմբեր հոկտեմբերի אוקטובר אוק׳ أكتوبر اکتبر अक्टूबर अक्टू॰ অক্টো অক্টোবর ოქტ ოქტომბერი

kas kasım lapkr lapkritis lapkričio lis listopad listopada listopadu marras marraskuu marraskuuta noiembrie nov
november novembre novembris novembro noviembre noy noyabr νοέ νοέμβριος νοε νοεμβρίου лист листопад листопада ліс
лістапад лістапада нов новембар ное ноември ноя нояб ноябрь ноября қар қараша նոյ նոյեմբեր նոյեմբերի נובמבר נוב׳
نوامبر نوفمبر नवंबर नव॰ নভে নভেম্বর ნოე ნოემბერი

ara aralık dec december decembrie decembris dek dekabr des desember desembre dets detsember dez dezember dezembro
dic dicembre diciembre dis disember déc décembre gru grudnia grudzień gruod gruodis gruodžio joulu joulukuu
joulukuuta pro prosince prosinec δεκ δεκέμβριος δεκεμβρίου груд грудень грудня дек декабрь декабря декември дец
децембар жел желтоқсан сне снежань снежня դեկ դեկտեմբեր դեկտեմբերի דצמבר דצמ׳ دسامبر ديسمبر दिसंबर दिस॰ ডিসে
ডিসেম্বর დეკ დეკემბერი
"""
"""A paragraph for each month."""
MONTHS: Final = {name: number for number, names in enumerate(_NAMES.split("\n\n"), 1) for name in names.split()}
"""1 to 12, by name in small letters and without a full stop."""
