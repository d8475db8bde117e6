BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE channels (
	name TEXT NOT NULL, 
	target TEXT NOT NULL, 
	first_seen BIGINT NOT NULL, 
	migrated_to TEXT NOT NULL, 
	off TEXT NOT NULL, 
	paused_until BIGINT, 
	recent_sends JSON NOT NULL, 
	last_ok BIGINT, 
	last_error TEXT NOT NULL, 
	last_error_at BIGINT, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_channels PRIMARY KEY (name)
);
INSERT INTO "channels" VALUES('desk','-1001',1795244400000,'','',NULL,'[1795330800000,1795330800000,1795330800000]',1795330800000,'',NULL,24);
INSERT INTO "channels" VALUES('phone','42',1795244400000,'','',NULL,'[]',NULL,'',NULL,2);
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	channel TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	severity INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	parts JSON NOT NULL, 
	message_ids JSON NOT NULL, 
	attempts INTEGER NOT NULL, 
	not_before BIGINT, 
	created BIGINT NOT NULL, 
	updated BIGINT NOT NULL, 
	retried BIGINT, 
	reason TEXT NOT NULL, 
	maybe_repeat BOOLEAN NOT NULL, 
	"key" TEXT, 
	seq BIGINT NOT NULL, 
	CONSTRAINT uq_deliveries_key UNIQUE ("key")
);
INSERT INTO "deliveries" VALUES(1,'desk','alert','sent',1,'Korea <sent> & more','["◆ normal · <a href=\"https://one.example/sent\">Korea &lt;sent&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[101]',1,NULL,1795330800000,1795330800000,NULL,'',0,NULL,6);
INSERT INTO "deliveries" VALUES(2,'desk','alert','unknown',1,'Korea <unknown> & more','["◆ normal · <a href=\"https://one.example/unknown\">Korea &lt;unknown&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',1,NULL,1795330800000,1795330800000,NULL,'the answer was lost',1,NULL,9);
INSERT INTO "deliveries" VALUES(3,'desk','alert','dead',1,'Korea <dead> & more','["◆ normal · <a href=\"https://one.example/dead\">Korea &lt;dead&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',1,NULL,1795330800000,1795330800000,NULL,'refused',0,NULL,12);
INSERT INTO "deliveries" VALUES(4,'desk','alert','dropped',1,'Korea <dropped> & more','["◆ normal · <a href=\"https://one.example/dropped\">Korea &lt;dropped&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',0,NULL,1795330800000,1795330800000,NULL,'',0,NULL,14);
INSERT INTO "deliveries" VALUES(5,'desk','alert','queued',1,'Korea <half-sent> & more','["◆ normal · <a href=\"https://one.example/half-sent\">Korea &lt;half-sent&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\nIt is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so.","It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. \n\nRule: The peninsula"]','[102]',1,1795334400000,1795330800000,1795330800000,NULL,'later',0,NULL,18);
INSERT INTO "deliveries" VALUES(6,'desk','alert','queued',1,'Korea <in doubt> & more','["◆ normal · <a href=\"https://one.example/in doubt\">Korea &lt;in doubt&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',1,1795334400000,1795330800000,1795330800000,NULL,'the answer was lost',1,NULL,21);
INSERT INTO "deliveries" VALUES(7,'desk','alert','sending',1,'Korea <half-sent and struck> & more','["◆ normal · <a href=\"https://one.example/half-sent and struck\">Korea &lt;half-sent and struck&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\nIt is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so.","It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. \n\nRule: The peninsula"]','[103]',1,NULL,1795330800000,1795330800000,NULL,'',0,NULL,24);
INSERT INTO "deliveries" VALUES(8,'desk','alert','sending',2,'Korea <struck> & more','["▲ high · <a href=\"https://one.example/struck\">Korea &lt;struck&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',1,NULL,1795330800000,1795330800000,NULL,'',0,NULL,26);
INSERT INTO "deliveries" VALUES(9,'desk','alert','queued',2,'Korea <queued> & more','["▲ high · <a href=\"https://one.example/queued\">Korea &lt;queued&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',0,NULL,1795330800000,1795330800000,NULL,'',0,NULL,27);
INSERT INTO "deliveries" VALUES(10,'phone','alert','queued',2,'Korea <queued> & more','["▲ high · <a href=\"https://one.example/queued\">Korea &lt;queued&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',0,NULL,1795330800000,1795330800000,NULL,'',0,NULL,27);
INSERT INTO "deliveries" VALUES(11,'phone','alert','held',1,'Korea <held> & more','["◆ normal · <a href=\"https://one.example/held\">Korea &lt;held&gt; &amp; more</a>\nOne · 07:00 UTC, 22 Nov\n\n<b>Korea</b> said so.\n\nRule: The peninsula"]','[]',0,NULL,1795330800000,1795330800000,NULL,'',0,NULL,28);
INSERT INTO "deliveries" VALUES(12,'desk','digest','queued',1,'digest morning','["<b>Morning digest, Sun 22 Nov</b>\n10 entries since 08:00 UTC, 21 Nov\n\n▲ <b>korea</b> high\n• <a href=\"https://one.example/held\">Korea &lt;held&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/queued\">Korea &lt;queued&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/struck\">Korea &lt;struck&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/half-sent and struck\">Korea &lt;half-sent and struck&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/in doubt\">Korea &lt;in doubt&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/half-sent\">Korea &lt;half-sent&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/dropped\">Korea &lt;dropped&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/dead\">Korea &lt;dead&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/unknown\">Korea &lt;unknown&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/sent\">Korea &lt;sent&gt; &amp; more</a> One · 07:00 UTC, 22 Nov"]','[]',0,NULL,1795334460000,1795334460000,NULL,'',0,NULL,29);
INSERT INTO "deliveries" VALUES(13,'phone','digest','queued',1,'digest morning','["<b>Morning digest, Sun 22 Nov</b>\n10 entries since 08:00 UTC, 21 Nov\n\n▲ <b>korea</b> high\n• <a href=\"https://one.example/held\">Korea &lt;held&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/queued\">Korea &lt;queued&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/struck\">Korea &lt;struck&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/half-sent and struck\">Korea &lt;half-sent and struck&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/in doubt\">Korea &lt;in doubt&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/half-sent\">Korea &lt;half-sent&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/dropped\">Korea &lt;dropped&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/dead\">Korea &lt;dead&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/unknown\">Korea &lt;unknown&gt; &amp; more</a> One · 07:00 UTC, 22 Nov\n• <a href=\"https://one.example/sent\">Korea &lt;sent&gt; &amp; more</a> One · 07:00 UTC, 22 Nov"]','[]',0,NULL,1795334460000,1795334460000,NULL,'',0,NULL,29);
CREATE TABLE delivery_alerts (
	delivery_id INTEGER NOT NULL, 
	match_id INTEGER NOT NULL, 
	CONSTRAINT pk_delivery_alerts PRIMARY KEY (delivery_id, match_id), 
	CONSTRAINT fk_delivery_alerts_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE, 
	CONSTRAINT fk_delivery_alerts_match_id FOREIGN KEY(match_id) REFERENCES matches (id) ON DELETE CASCADE
);
INSERT INTO "delivery_alerts" VALUES(1,1);
INSERT INTO "delivery_alerts" VALUES(2,2);
INSERT INTO "delivery_alerts" VALUES(3,3);
INSERT INTO "delivery_alerts" VALUES(4,4);
INSERT INTO "delivery_alerts" VALUES(5,5);
INSERT INTO "delivery_alerts" VALUES(6,6);
INSERT INTO "delivery_alerts" VALUES(7,7);
INSERT INTO "delivery_alerts" VALUES(8,8);
INSERT INTO "delivery_alerts" VALUES(9,9);
INSERT INTO "delivery_alerts" VALUES(10,9);
INSERT INTO "delivery_alerts" VALUES(11,10);
INSERT INTO "delivery_alerts" VALUES(12,1);
INSERT INTO "delivery_alerts" VALUES(12,2);
INSERT INTO "delivery_alerts" VALUES(12,3);
INSERT INTO "delivery_alerts" VALUES(12,4);
INSERT INTO "delivery_alerts" VALUES(12,5);
INSERT INTO "delivery_alerts" VALUES(12,6);
INSERT INTO "delivery_alerts" VALUES(12,7);
INSERT INTO "delivery_alerts" VALUES(12,8);
INSERT INTO "delivery_alerts" VALUES(12,9);
INSERT INTO "delivery_alerts" VALUES(12,10);
INSERT INTO "delivery_alerts" VALUES(13,1);
INSERT INTO "delivery_alerts" VALUES(13,2);
INSERT INTO "delivery_alerts" VALUES(13,3);
INSERT INTO "delivery_alerts" VALUES(13,4);
INSERT INTO "delivery_alerts" VALUES(13,5);
INSERT INTO "delivery_alerts" VALUES(13,6);
INSERT INTO "delivery_alerts" VALUES(13,7);
INSERT INTO "delivery_alerts" VALUES(13,8);
INSERT INTO "delivery_alerts" VALUES(13,9);
INSERT INTO "delivery_alerts" VALUES(13,10);
CREATE TABLE digests (
	name TEXT NOT NULL, 
	local_date TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	alerts INTEGER NOT NULL, 
	CONSTRAINT pk_digests PRIMARY KEY (name, local_date)
);
INSERT INTO "digests" VALUES('morning','2026-11-22T08:00',1795248000000,1795334400000,10);
CREATE TABLE engine (
	id INTEGER NOT NULL, 
	pid INTEGER, 
	host TEXT NOT NULL, 
	version TEXT NOT NULL, 
	started BIGINT, 
	heartbeat BIGINT, 
	activity TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	CONSTRAINT pk_engine PRIMARY KEY (id)
);
CREATE TABLE entries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	feed_id INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	title TEXT NOT NULL, 
	author TEXT NOT NULL, 
	lang TEXT NOT NULL, 
	published BIGINT, 
	first_seen BIGINT NOT NULL, 
	baseline BOOLEAN NOT NULL, 
	severity INTEGER, 
	read_at BIGINT, 
	seq BIGINT NOT NULL, 
	CONSTRAINT fk_entries_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);
INSERT INTO "entries" VALUES(1,1,'https://one.example/sent','Korea <sent> & more','','en',1795330800000,1795330800000,0,1,NULL,3);
INSERT INTO "entries" VALUES(2,1,'https://one.example/unknown','Korea <unknown> & more','','en',1795330800000,1795330800000,0,1,NULL,7);
INSERT INTO "entries" VALUES(3,1,'https://one.example/dead','Korea <dead> & more','','en',1795330800000,1795330800000,0,1,NULL,10);
INSERT INTO "entries" VALUES(4,1,'https://one.example/dropped','Korea <dropped> & more','','en',1795330800000,1795330800000,0,1,NULL,13);
INSERT INTO "entries" VALUES(5,1,'https://one.example/half-sent','Korea <half-sent> & more','','en',1795330800000,1795330800000,0,1,NULL,15);
INSERT INTO "entries" VALUES(6,1,'https://one.example/in doubt','Korea <in doubt> & more','','en',1795330800000,1795330800000,0,1,NULL,19);
INSERT INTO "entries" VALUES(7,1,'https://one.example/half-sent and struck','Korea <half-sent and struck> & more','','en',1795330800000,1795330800000,0,1,NULL,22);
INSERT INTO "entries" VALUES(8,1,'https://one.example/struck','Korea <struck> & more','','en',1795330800000,1795330800000,0,2,NULL,25);
INSERT INTO "entries" VALUES(9,1,'https://one.example/queued','Korea <queued> & more','','en',1795330800000,1795330800000,0,2,NULL,27);
INSERT INTO "entries" VALUES(10,1,'https://one.example/held','Korea <held> & more','','en',1795330800000,1795330800000,0,1,NULL,28);
CREATE TABLE entry_texts (
	entry_id INTEGER NOT NULL, 
	summary TEXT NOT NULL, 
	content TEXT NOT NULL, 
	tags JSON NOT NULL, 
	folded TEXT NOT NULL, 
	fold_version INTEGER NOT NULL, 
	CONSTRAINT pk_entry_texts PRIMARY KEY (entry_id), 
	CONSTRAINT fk_entry_texts_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id) ON DELETE CASCADE
);
INSERT INTO "entry_texts" VALUES(1,'','Korea said so.','[]','Korea <sent> & more',1);
INSERT INTO "entry_texts" VALUES(2,'','Korea said so.','[]','Korea <unknown> & more',1);
INSERT INTO "entry_texts" VALUES(3,'','Korea said so.','[]','Korea <dead> & more',1);
INSERT INTO "entry_texts" VALUES(4,'','Korea said so.','[]','Korea <dropped> & more',1);
INSERT INTO "entry_texts" VALUES(5,'','Korea said so.','[]','Korea <half-sent> & more',1);
INSERT INTO "entry_texts" VALUES(6,'','Korea said so.','[]','Korea <in doubt> & more',1);
INSERT INTO "entry_texts" VALUES(7,'','Korea said so.','[]','Korea <half-sent and struck> & more',1);
INSERT INTO "entry_texts" VALUES(8,'','Korea said so.','[]','Korea <struck> & more',1);
INSERT INTO "entry_texts" VALUES(9,'','Korea said so.','[]','Korea <queued> & more',1);
INSERT INTO "entry_texts" VALUES(10,'','Korea said so.','[]','Korea <held> & more',1);
CREATE TABLE feeds (
	id INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	fetch_url TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	tags JSON NOT NULL, 
	lang TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	every_ms BIGINT, 
	full_text BOOLEAN NOT NULL, 
	configured BOOLEAN NOT NULL, 
	paused BOOLEAN NOT NULL, 
	added BIGINT NOT NULL, 
	etag TEXT NOT NULL, 
	last_modified TEXT NOT NULL, 
	body_hash BLOB NOT NULL, 
	entry_hashes BLOB NOT NULL, 
	baseline_at BIGINT, 
	last_attempt BIGINT, 
	last_ok BIGINT, 
	last_error TEXT NOT NULL, 
	last_status INTEGER, 
	failures INTEGER NOT NULL, 
	gone_at BIGINT, 
	interval_ms BIGINT NOT NULL, 
	next_due BIGINT NOT NULL, 
	last_new BIGINT, 
	entries INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_feeds PRIMARY KEY (id), 
	CONSTRAINT uq_feeds_url UNIQUE (url)
);
INSERT INTO "feeds" VALUES(1,'https://one.example/rss','','One','','[]','','',NULL,0,1,0,1795330800000,'','',X'',X'',NULL,1795330800000,1795330800000,'',NULL,0,NULL,600000,1795331400000,1795330800000,10,28);
CREATE TABLE identities (
	feed_id INTEGER NOT NULL, 
	"key" BLOB NOT NULL, 
	link BLOB NOT NULL, 
	title BLOB NOT NULL, 
	first_seen BIGINT NOT NULL, 
	entry_id INTEGER, 
	CONSTRAINT pk_identities PRIMARY KEY (feed_id, "key"), 
	CONSTRAINT fk_identities_feed_id FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "identities" VALUES(1,X'6B646561642E2E2E2E2E2E2E2E2E2E2E',X'6C646561642E2E2E2E2E2E2E2E2E2E2E',X'74646561642E2E2E2E2E2E2E2E2E2E2E',1795330800000,3);
INSERT INTO "identities" VALUES(1,X'6B64726F707065642E2E2E2E2E2E2E2E',X'6C64726F707065642E2E2E2E2E2E2E2E',X'7464726F707065642E2E2E2E2E2E2E2E',1795330800000,4);
INSERT INTO "identities" VALUES(1,X'6B68616C662D73656E7420616E642073',X'6C68616C662D73656E7420616E642073',X'7468616C662D73656E7420616E642073',1795330800000,7);
INSERT INTO "identities" VALUES(1,X'6B68616C662D73656E742E2E2E2E2E2E',X'6C68616C662D73656E742E2E2E2E2E2E',X'7468616C662D73656E742E2E2E2E2E2E',1795330800000,5);
INSERT INTO "identities" VALUES(1,X'6B68656C642E2E2E2E2E2E2E2E2E2E2E',X'6C68656C642E2E2E2E2E2E2E2E2E2E2E',X'7468656C642E2E2E2E2E2E2E2E2E2E2E',1795330800000,10);
INSERT INTO "identities" VALUES(1,X'6B696E20646F7562742E2E2E2E2E2E2E',X'6C696E20646F7562742E2E2E2E2E2E2E',X'74696E20646F7562742E2E2E2E2E2E2E',1795330800000,6);
INSERT INTO "identities" VALUES(1,X'6B7175657565642E2E2E2E2E2E2E2E2E',X'6C7175657565642E2E2E2E2E2E2E2E2E',X'747175657565642E2E2E2E2E2E2E2E2E',1795330800000,9);
INSERT INTO "identities" VALUES(1,X'6B73656E742E2E2E2E2E2E2E2E2E2E2E',X'6C73656E742E2E2E2E2E2E2E2E2E2E2E',X'7473656E742E2E2E2E2E2E2E2E2E2E2E',1795330800000,1);
INSERT INTO "identities" VALUES(1,X'6B73747275636B2E2E2E2E2E2E2E2E2E',X'6C73747275636B2E2E2E2E2E2E2E2E2E',X'7473747275636B2E2E2E2E2E2E2E2E2E',1795330800000,8);
INSERT INTO "identities" VALUES(1,X'6B756E6B6E6F776E2E2E2E2E2E2E2E2E',X'6C756E6B6E6F776E2E2E2E2E2E2E2E2E',X'74756E6B6E6F776E2E2E2E2E2E2E2E2E',1795330800000,2);
CREATE TABLE matches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	entry_id INTEGER NOT NULL, 
	rule TEXT NOT NULL, 
	severity INTEGER NOT NULL, 
	outcome TEXT NOT NULL, 
	hits JSON NOT NULL, 
	summary JSON NOT NULL, 
	created BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT fk_matches_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id) ON DELETE CASCADE, 
	CONSTRAINT uq_matches_entry_id_rule UNIQUE (entry_id, rule)
);
INSERT INTO "matches" VALUES(1,1,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,3);
INSERT INTO "matches" VALUES(2,2,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,7);
INSERT INTO "matches" VALUES(3,3,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,10);
INSERT INTO "matches" VALUES(4,4,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,13);
INSERT INTO "matches" VALUES(5,5,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. "]',1795330800000,15);
INSERT INTO "matches" VALUES(6,6,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,19);
INSERT INTO "matches" VALUES(7,7,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. It is so. "]',1795330800000,22);
INSERT INTO "matches" VALUES(8,8,'korea',2,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,25);
INSERT INTO "matches" VALUES(9,9,'korea',2,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,27);
INSERT INTO "matches" VALUES(10,10,'korea',1,'alert','[["title",0,5,"Korea","Korea"]]','["Korea said so."]',1795330800000,28);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('seq','29');
CREATE TABLE requests (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	args JSON NOT NULL, 
	created BIGINT NOT NULL, 
	claimed BIGINT, 
	done BIGINT, 
	result TEXT NOT NULL, 
	CONSTRAINT pk_requests PRIMARY KEY (id)
);
CREATE TABLE rule_files (
	path TEXT NOT NULL, 
	version_id INTEGER, 
	since BIGINT, 
	problems JSON NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_rule_files PRIMARY KEY (path)
);
CREATE TABLE rule_versions (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	text TEXT NOT NULL, 
	loaded BIGINT NOT NULL, 
	CONSTRAINT pk_rule_versions PRIMARY KEY (id)
);
CREATE TABLE rules (
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	severity INTEGER NOT NULL, 
	channels JSON, 
	path TEXT NOT NULL, 
	line INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	CONSTRAINT pk_rules PRIMARY KEY (id)
);
CREATE INDEX ix_feeds_next_due ON feeds (next_due);
CREATE INDEX ix_feeds_seq ON feeds (seq);
CREATE INDEX ix_identities_feed_id_first_seen ON identities (feed_id, first_seen);
CREATE INDEX ix_identities_feed_id_link ON identities (feed_id, link);
CREATE INDEX ix_identities_feed_id_title ON identities (feed_id, title);
CREATE INDEX ix_entries_feed_id ON entries (feed_id);
CREATE INDEX ix_entries_first_seen ON entries (first_seen);
CREATE INDEX ix_entries_matched ON entries (first_seen, id) WHERE severity IS NOT NULL;
CREATE INDEX ix_entries_unread ON entries (id) WHERE severity IS NOT NULL AND read_at IS NULL AND baseline IS 0;
CREATE INDEX ix_entries_seq ON entries (seq);
CREATE INDEX ix_entries_url ON entries (url);
CREATE INDEX ix_matches_created ON matches (created);
CREATE INDEX ix_matches_rule_created ON matches (rule, created);
CREATE INDEX ix_matches_seq ON matches (seq);
CREATE INDEX ix_deliveries_seq ON deliveries (seq);
CREATE INDEX ix_deliveries_state_channel ON deliveries (state, channel);
CREATE INDEX ix_delivery_alerts_match_id ON delivery_alerts (match_id);
CREATE INDEX ix_rule_versions_path_id ON rule_versions (path, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('entries',10);
INSERT INTO "sqlite_sequence" VALUES('matches',10);
INSERT INTO "sqlite_sequence" VALUES('deliveries',13);
COMMIT;
