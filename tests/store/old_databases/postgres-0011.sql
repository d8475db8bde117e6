CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.articles (
    entry_id bigint NOT NULL,
    at bigint NOT NULL,
    title text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL COLLATE pg_catalog."C",
    spans json NOT NULL,
    problem text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.awake (
    begun bigint NOT NULL,
    ended bigint NOT NULL
);
CREATE TABLE public.bot_chats (
    id bigint NOT NULL,
    type text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    username text NOT NULL COLLATE pg_catalog."C",
    last_seen bigint NOT NULL
);
CREATE TABLE public.changes (
    id bigint NOT NULL,
    at bigint NOT NULL,
    by text NOT NULL COLLATE pg_catalog."C",
    what text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    args json NOT NULL,
    undone bigint,
    undone_by text NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE public.changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.changes_id_seq OWNED BY public.changes.id;
CREATE TABLE public.channels (
    name text NOT NULL COLLATE pg_catalog."C",
    target text NOT NULL COLLATE pg_catalog."C",
    first_seen bigint NOT NULL,
    migrated_to text NOT NULL COLLATE pg_catalog."C",
    off text NOT NULL COLLATE pg_catalog."C",
    last_ok bigint,
    last_error text NOT NULL COLLATE pg_catalog."C",
    last_error_at bigint,
    try_at bigint,
    failures integer DEFAULT 0 NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.conditions (
    key text NOT NULL COLLATE pg_catalog."C",
    sentence text NOT NULL COLLATE pg_catalog."C",
    over text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    told bigint,
    ended bigint,
    seq bigint NOT NULL
);
CREATE TABLE public.deliveries (
    id bigint NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    severity integer NOT NULL,
    title text NOT NULL COLLATE pg_catalog."C",
    tells json DEFAULT '{}'::json NOT NULL,
    parts json NOT NULL,
    place text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    message_ids json NOT NULL,
    attempts integer NOT NULL,
    not_before bigint,
    retry_at bigint,
    failed bigint,
    copies integer DEFAULT 0 NOT NULL,
    turn bigint,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    retried bigint,
    reason text NOT NULL COLLATE pg_catalog."C",
    held_by text COLLATE pg_catalog."C",
    released bigint,
    maybe_repeat boolean NOT NULL,
    story_id bigint,
    stale bigint,
    edit_at bigint,
    key text COLLATE pg_catalog."C",
    seq bigint NOT NULL
);
CREATE SEQUENCE public.deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.deliveries_id_seq OWNED BY public.deliveries.id;
CREATE TABLE public.delivery_alerts (
    delivery_id bigint NOT NULL,
    match_id bigint NOT NULL
);
CREATE TABLE public.digests (
    name text NOT NULL COLLATE pg_catalog."C",
    local_date text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    until bigint NOT NULL,
    alerts integer NOT NULL,
    document json DEFAULT '{}'::json NOT NULL
);
CREATE TABLE public.engine (
    id integer NOT NULL,
    pid integer,
    host text NOT NULL COLLATE pg_catalog."C",
    version text NOT NULL COLLATE pg_catalog."C",
    started bigint,
    heartbeat bigint,
    activity text NOT NULL COLLATE pg_catalog."C",
    problem text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.entries (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    url text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    author text NOT NULL COLLATE pg_catalog."C",
    lang text NOT NULL COLLATE pg_catalog."C",
    published bigint,
    first_seen bigint NOT NULL,
    baseline boolean NOT NULL,
    severity integer,
    read_at bigint,
    publisher text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    story_id bigint,
    repeat boolean DEFAULT false NOT NULL,
    doubtful boolean DEFAULT false NOT NULL,
    seq bigint NOT NULL
);
CREATE SEQUENCE public.entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.entries_id_seq OWNED BY public.entries.id;
CREATE TABLE public.entry_texts (
    entry_id bigint NOT NULL,
    summary text NOT NULL COLLATE pg_catalog."C",
    content text NOT NULL COLLATE pg_catalog."C",
    tags json NOT NULL,
    folded text NOT NULL COLLATE pg_catalog."C",
    fold_version integer NOT NULL,
    summary_spans json DEFAULT '[]'::json NOT NULL,
    content_spans json DEFAULT '[]'::json NOT NULL
);
CREATE TABLE public.evidence (
    entry_id bigint NOT NULL,
    at bigint NOT NULL,
    sha256 text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL COLLATE pg_catalog."C",
    changes json NOT NULL
);
CREATE TABLE public.feeds (
    id bigint NOT NULL,
    url text NOT NULL COLLATE pg_catalog."C",
    fetch_url text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    tags json NOT NULL,
    lang text NOT NULL COLLATE pg_catalog."C",
    publisher text NOT NULL COLLATE pg_catalog."C",
    tier text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    every_ms bigint,
    full_text boolean NOT NULL,
    reading json,
    configured boolean NOT NULL,
    paused boolean NOT NULL,
    added bigint NOT NULL,
    etag text NOT NULL COLLATE pg_catalog."C",
    last_modified text NOT NULL COLLATE pg_catalog."C",
    body_hash bytea NOT NULL,
    entry_hashes bytea NOT NULL,
    baseline_at bigint,
    last_attempt bigint,
    last_ok bigint,
    last_error text NOT NULL COLLATE pg_catalog."C",
    last_status integer,
    failures integer NOT NULL,
    gone_at bigint,
    interval_ms bigint NOT NULL,
    next_due bigint NOT NULL,
    last_new bigint,
    rhythm json,
    entries integer NOT NULL,
    seq bigint NOT NULL
);
CREATE SEQUENCE public.feeds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feeds_id_seq OWNED BY public.feeds.id;
CREATE TABLE public.identities (
    feed_id bigint NOT NULL,
    key bytea NOT NULL,
    link bytea NOT NULL,
    title bytea NOT NULL,
    twin bytea DEFAULT '\x'::bytea NOT NULL,
    words bytea DEFAULT '\x'::bytea NOT NULL,
    first_seen bigint NOT NULL,
    entry_id bigint
);
CREATE TABLE public.leases (
    name text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL COLLATE pg_catalog."C",
    until bigint NOT NULL
);
CREATE TABLE public.matches (
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    rule text NOT NULL COLLATE pg_catalog."C",
    severity integer NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    hits json NOT NULL,
    summary json NOT NULL,
    created bigint NOT NULL,
    news text COLLATE pg_catalog."C",
    sources integer DEFAULT 0 NOT NULL,
    seq bigint NOT NULL
);
CREATE SEQUENCE public.matches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.matches_id_seq OWNED BY public.matches.id;
CREATE TABLE public.meta (
    key text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.mutes (
    rule text NOT NULL COLLATE pg_catalog."C",
    until bigint NOT NULL,
    by text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL
);
CREATE TABLE public.pauses (
    chat text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL,
    until bigint NOT NULL
);
CREATE TABLE public.requests (
    id bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    args json NOT NULL,
    created bigint NOT NULL,
    claimed bigint,
    done bigint,
    result text NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE public.requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.requests_id_seq OWNED BY public.requests.id;
CREATE TABLE public.rule_files (
    path text NOT NULL COLLATE pg_catalog."C",
    version_id bigint,
    since bigint,
    problems json NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.rule_versions (
    id bigint NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    sha256 text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL COLLATE pg_catalog."C",
    loaded bigint NOT NULL
);
CREATE SEQUENCE public.rule_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.rule_versions_id_seq OWNED BY public.rule_versions.id;
CREATE TABLE public.rules (
    id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    topic text NOT NULL COLLATE pg_catalog."C",
    severity integer NOT NULL,
    channels json,
    path text NOT NULL COLLATE pg_catalog."C",
    line integer NOT NULL,
    "position" integer NOT NULL,
    enabled boolean NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.sends (
    id bigint NOT NULL,
    chat text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    done boolean NOT NULL,
    delivery_id bigint
);
CREATE SEQUENCE public.sends_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sends_id_seq OWNED BY public.sends.id;
CREATE TABLE public.stars (
    id bigint NOT NULL,
    entry_id bigint,
    story_id bigint,
    note text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    seq bigint NOT NULL
);
CREATE SEQUENCE public.stars_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.stars_id_seq OWNED BY public.stars.id;
CREATE TABLE public.stories (
    id bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    followed bigint,
    seq bigint NOT NULL
);
CREATE TABLE public.story_window (
    id bigint NOT NULL,
    entry_id bigint NOT NULL,
    at bigint NOT NULL,
    lang text NOT NULL COLLATE pg_catalog."C",
    vector bytea NOT NULL
);
CREATE SEQUENCE public.story_window_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.story_window_id_seq OWNED BY public.story_window.id;
CREATE TABLE public.strangers (
    user_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    first_seen bigint NOT NULL,
    last_seen bigint NOT NULL,
    count integer NOT NULL
);
CREATE TABLE public.subscriptions (
    feed_id bigint NOT NULL,
    hub text NOT NULL COLLATE pg_catalog."C",
    topic text NOT NULL COLLATE pg_catalog."C",
    callback text NOT NULL COLLATE pg_catalog."C",
    secret text NOT NULL COLLATE pg_catalog."C",
    due bigint NOT NULL,
    asked bigint,
    since bigint,
    until bigint,
    pushed bigint,
    missed bigint,
    leaving boolean NOT NULL,
    failures integer NOT NULL,
    problem text NOT NULL COLLATE pg_catalog."C",
    troubled bigint,
    ignored integer NOT NULL,
    seq bigint NOT NULL
);
ALTER TABLE ONLY public.changes ALTER COLUMN id SET DEFAULT nextval('public.changes_id_seq'::regclass);
ALTER TABLE ONLY public.deliveries ALTER COLUMN id SET DEFAULT nextval('public.deliveries_id_seq'::regclass);
ALTER TABLE ONLY public.entries ALTER COLUMN id SET DEFAULT nextval('public.entries_id_seq'::regclass);
ALTER TABLE ONLY public.feeds ALTER COLUMN id SET DEFAULT nextval('public.feeds_id_seq'::regclass);
ALTER TABLE ONLY public.matches ALTER COLUMN id SET DEFAULT nextval('public.matches_id_seq'::regclass);
ALTER TABLE ONLY public.requests ALTER COLUMN id SET DEFAULT nextval('public.requests_id_seq'::regclass);
ALTER TABLE ONLY public.rule_versions ALTER COLUMN id SET DEFAULT nextval('public.rule_versions_id_seq'::regclass);
ALTER TABLE ONLY public.sends ALTER COLUMN id SET DEFAULT nextval('public.sends_id_seq'::regclass);
ALTER TABLE ONLY public.stars ALTER COLUMN id SET DEFAULT nextval('public.stars_id_seq'::regclass);
ALTER TABLE ONLY public.story_window ALTER COLUMN id SET DEFAULT nextval('public.story_window_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0011');
INSERT INTO public.meta VALUES ('seq', '0');
INSERT INTO public.meta VALUES ('mark', '815928');
SELECT pg_catalog.setval('public.changes_id_seq', 1, false);
SELECT pg_catalog.setval('public.deliveries_id_seq', 1, false);
SELECT pg_catalog.setval('public.entries_id_seq', 1, false);
SELECT pg_catalog.setval('public.feeds_id_seq', 1, false);
SELECT pg_catalog.setval('public.matches_id_seq', 1, false);
SELECT pg_catalog.setval('public.requests_id_seq', 1, false);
SELECT pg_catalog.setval('public.rule_versions_id_seq', 1, false);
SELECT pg_catalog.setval('public.sends_id_seq', 1, false);
SELECT pg_catalog.setval('public.stars_id_seq', 1, false);
SELECT pg_catalog.setval('public.story_window_id_seq', 1, false);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.articles
    ADD CONSTRAINT pk_articles PRIMARY KEY (entry_id);
ALTER TABLE ONLY public.awake
    ADD CONSTRAINT pk_awake PRIMARY KEY (begun);
ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT pk_bot_chats PRIMARY KEY (id);
ALTER TABLE ONLY public.changes
    ADD CONSTRAINT pk_changes PRIMARY KEY (id);
ALTER TABLE ONLY public.channels
    ADD CONSTRAINT pk_channels PRIMARY KEY (name);
ALTER TABLE ONLY public.conditions
    ADD CONSTRAINT pk_conditions PRIMARY KEY (key);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT pk_deliveries PRIMARY KEY (id);
ALTER TABLE ONLY public.delivery_alerts
    ADD CONSTRAINT pk_delivery_alerts PRIMARY KEY (delivery_id, match_id);
ALTER TABLE ONLY public.digests
    ADD CONSTRAINT pk_digests PRIMARY KEY (name, local_date);
ALTER TABLE ONLY public.engine
    ADD CONSTRAINT pk_engine PRIMARY KEY (id);
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT pk_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.entry_texts
    ADD CONSTRAINT pk_entry_texts PRIMARY KEY (entry_id);
ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT pk_evidence PRIMARY KEY (entry_id);
ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT pk_feeds PRIMARY KEY (id);
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT pk_identities PRIMARY KEY (feed_id, key);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT pk_leases PRIMARY KEY (name);
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT pk_matches PRIMARY KEY (id);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.mutes
    ADD CONSTRAINT pk_mutes PRIMARY KEY (rule);
ALTER TABLE ONLY public.pauses
    ADD CONSTRAINT pk_pauses PRIMARY KEY (chat);
ALTER TABLE ONLY public.requests
    ADD CONSTRAINT pk_requests PRIMARY KEY (id);
ALTER TABLE ONLY public.rule_files
    ADD CONSTRAINT pk_rule_files PRIMARY KEY (path);
ALTER TABLE ONLY public.rule_versions
    ADD CONSTRAINT pk_rule_versions PRIMARY KEY (id);
ALTER TABLE ONLY public.rules
    ADD CONSTRAINT pk_rules PRIMARY KEY (id);
ALTER TABLE ONLY public.sends
    ADD CONSTRAINT pk_sends PRIMARY KEY (id);
ALTER TABLE ONLY public.stars
    ADD CONSTRAINT pk_stars PRIMARY KEY (id);
ALTER TABLE ONLY public.stories
    ADD CONSTRAINT pk_stories PRIMARY KEY (id);
ALTER TABLE ONLY public.story_window
    ADD CONSTRAINT pk_story_window PRIMARY KEY (id);
ALTER TABLE ONLY public.strangers
    ADD CONSTRAINT pk_strangers PRIMARY KEY (user_id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT pk_subscriptions PRIMARY KEY (feed_id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT uq_deliveries_key UNIQUE (key);
ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT uq_feeds_url UNIQUE (url);
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT uq_matches_entry_id_rule UNIQUE (entry_id, rule);
ALTER TABLE ONLY public.stars
    ADD CONSTRAINT uq_stars_entry_id UNIQUE (entry_id);
ALTER TABLE ONLY public.stars
    ADD CONSTRAINT uq_stars_story_id UNIQUE (story_id);
ALTER TABLE ONLY public.story_window
    ADD CONSTRAINT uq_story_window_entry_id UNIQUE (entry_id);
CREATE INDEX ix_deliveries_seq ON public.deliveries USING btree (seq);
CREATE INDEX ix_deliveries_stale ON public.deliveries USING btree (edit_at) WHERE (stale IS NOT NULL);
CREATE INDEX ix_deliveries_state_channel ON public.deliveries USING btree (state, channel);
CREATE INDEX ix_deliveries_story_id ON public.deliveries USING btree (story_id);
CREATE INDEX ix_delivery_alerts_match_id ON public.delivery_alerts USING btree (match_id);
CREATE INDEX ix_entries_feed_id ON public.entries USING btree (feed_id);
CREATE INDEX ix_entries_first_seen ON public.entries USING btree (first_seen);
CREATE INDEX ix_entries_matched ON public.entries USING btree (first_seen, id) WHERE (severity IS NOT NULL);
CREATE INDEX ix_entries_seq ON public.entries USING btree (seq);
CREATE INDEX ix_entries_story_id ON public.entries USING btree (story_id);
CREATE INDEX ix_entries_unread ON public.entries USING btree (id) WHERE ((severity IS NOT NULL) AND (read_at IS NULL) AND (baseline IS FALSE));
CREATE INDEX ix_entries_unstoried ON public.entries USING btree (id) WHERE (story_id IS NULL);
CREATE INDEX ix_entries_url ON public.entries USING btree (url);
CREATE INDEX ix_feeds_next_due ON public.feeds USING btree (next_due);
CREATE INDEX ix_feeds_seq ON public.feeds USING btree (seq);
CREATE INDEX ix_identities_feed_id_first_seen ON public.identities USING btree (feed_id, first_seen);
CREATE INDEX ix_identities_feed_id_link ON public.identities USING btree (feed_id, link);
CREATE INDEX ix_identities_feed_id_title ON public.identities USING btree (feed_id, title);
CREATE INDEX ix_matches_created ON public.matches USING btree (created);
CREATE INDEX ix_matches_rule_created ON public.matches USING btree (rule, created);
CREATE INDEX ix_matches_seq ON public.matches USING btree (seq);
CREATE INDEX ix_rule_versions_path_id ON public.rule_versions USING btree (path, id);
CREATE INDEX ix_sends_at ON public.sends USING btree (at);
CREATE INDEX ix_sends_chat ON public.sends USING btree (chat);
CREATE INDEX ix_stars_seq ON public.stars USING btree (seq);
CREATE INDEX ix_stories_seq ON public.stories USING btree (seq);
CREATE INDEX ix_stories_updated ON public.stories USING btree (updated);
ALTER TABLE ONLY public.articles
    ADD CONSTRAINT fk_articles_entry_id FOREIGN KEY (entry_id) REFERENCES public.entries(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.delivery_alerts
    ADD CONSTRAINT fk_delivery_alerts_delivery_id FOREIGN KEY (delivery_id) REFERENCES public.deliveries(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.delivery_alerts
    ADD CONSTRAINT fk_delivery_alerts_match_id FOREIGN KEY (match_id) REFERENCES public.matches(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT fk_entries_feed_id FOREIGN KEY (feed_id) REFERENCES public.feeds(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.entry_texts
    ADD CONSTRAINT fk_entry_texts_entry_id FOREIGN KEY (entry_id) REFERENCES public.entries(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT fk_evidence_entry_id FOREIGN KEY (entry_id) REFERENCES public.entries(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT fk_identities_feed_id FOREIGN KEY (feed_id) REFERENCES public.feeds(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.matches
    ADD CONSTRAINT fk_matches_entry_id FOREIGN KEY (entry_id) REFERENCES public.entries(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT fk_subscriptions_feed_id FOREIGN KEY (feed_id) REFERENCES public.feeds(id) ON DELETE CASCADE;
