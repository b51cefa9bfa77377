"""The tables: what Loopwright remembers between two moments.

Moments are epoch seconds as a float, canonical values are JSON. Identities are the vendors' ids, with the
connection's name in front.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type.
RowId = BigInteger().with_variant(Integer, "sqlite")

connections = Table(
    "connections",
    metadata,
    Column("name", String, primary_key=True),
    Column("cursor", Text),
    Column("caught_up", Double),  # when a poll last found nothing more
    Column("halted", Text),  # why nothing is asked of it any more
    Column("since", Double),  # when it was first read; empty where that was not noted yet
)

pauses = Table(
    "pauses",
    metadata,
    Column("connection", String, primary_key=True),  # empty: every one
    Column("since", Double, nullable=False),
    Column("by", String, nullable=False),  # who on which machine, for people
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("connection", String, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("cursor", Text),  # where the round goes on
    Column("began", Double),  # empty while no round is under way
    Column("ended", Double),  # when the last one was over
    Column("asked", Boolean, nullable=False, server_default=false()),  # a person wants one now
    Column("seen", BigInteger, nullable=False),  # of this round, or of the last one: items read
    Column("missed", BigInteger, nullable=False),  # changes that neither polls nor webhooks had brought
    Column(
        "unseen", BigInteger, nullable=False
    ),  # known items that it did not meet, and asked for one by one
)

switches = Table(
    "switches",
    metadata,
    Column("connection", String, primary_key=True),
    Column("item", String, primary_key=True),  # its key or id, as the settings say it
)

budgets = Table(
    "budgets",
    metadata,
    Column("connection", String, primary_key=True),
    Column("tat", Double, nullable=False),  # GCRA: the theoretical arrival time of the next call
    Column("calls", BigInteger, nullable=False),
)

limits = Table(
    "limits",
    metadata,
    Column("connection", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("bucket", String, primary_key=True),
    Column("spent", LargeBinary, nullable=False),  # pairs of moment and cost, oldest first
    Column("paced", Double, nullable=False),  # when the last request could have gone by this limit alone
    Column("others", Double, nullable=False),  # what others spent in the vendor's current window
    Column("others_before", Double, nullable=False),  # what they spent in the window before it
    Column("resets", Double, nullable=False),  # when the current window ends
    Column("whole_at", Double, nullable=False),  # from when on the row says nothing any more
)

items = Table(
    "items",
    metadata,
    Column("connection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("item", JSON, nullable=False),
    Column("digest", String, nullable=False),
    Column("observation", BigInteger, nullable=False),  # the journal row that brought this state
    Column("written", Double, nullable=False),  # when our own last write to it ended; 0 for never
    Column("comments_known", Boolean, nullable=False),  # all comments of this state are in the table
    Column("evaluated", Double),  # when rules last looked at it: each was false then unless kept as true
    Column("created", Double),  # in its tool: what an item that came from elsewhere is first known by
    Column("swept", Integer),  # the round of the sweep that saw it last
    Index(None, "key"),
    Index(None, "connection", "created"),
)

moves = Table(
    "moves",
    metadata,
    Column("connection", String, primary_key=True),
    Column("old", String, primary_key=True),
    Column("old_key", String, nullable=False),
    Column("new", String, nullable=False),
    Column("new_key", String, nullable=False),
    Column("due", Double),  # when what is known of it is to be taken along; empty once it was
    Column("attempts", Integer, nullable=False),
    Index(None, "connection", "new"),
    Index(None, "connection", "due"),
)

former_keys = Table(
    "former_keys",
    metadata,
    Column("connection", String, primary_key=True),
    Column("key", String, primary_key=True),  # in lower case
    Column("item", String, nullable=False),
    Index(None, "key"),
    Index(None, "connection", "item"),
)

comments = Table(
    "comments",
    metadata,
    Column("connection", String, primary_key=True),
    Column("item", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("comment", JSON, nullable=False),
    Column("ours", Boolean, nullable=False),  # written by us: never news
    Column("version", String),  # a hash of its text; empty where it was last seen by an older Loopwright
    Column("audience", String),
    Column("deleted", Boolean, nullable=False, server_default=false()),  # its tool said so: it stays so
    Column("trusted", Double),  # until when it is there, though a list leaves it out
)

commands = Table(
    "commands",
    metadata,
    Column("connection", String, primary_key=True),
    Column("item", String, primary_key=True),
    Column("comment", String, primary_key=True),
    Column("at", Double, nullable=False),
)

_CLAIM = ("type", "source_connection", "source_id", "mirror_connection", "mirror_container")
links = Table(
    "links",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("type", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("action", String, nullable=False),
    Column("source_connection", String, nullable=False),
    Column("source_id", String, nullable=False),
    Column("mirror_connection", String, nullable=False),
    Column("mirror_container", String, nullable=False),
    Column("mirror_id", String),  # empty while the mirror is claimed and not yet made
    Column("held", Boolean, nullable=False, server_default=false()),  # a person has stopped it for a while
    Column("cut", Boolean, nullable=False, server_default=false()),  # a person took it apart: a claim alone
    Column("since", Double),  # comments and files from before it are not carried; empty for all of them
    # The claim: whoever inserts this row first may create the mirror, nobody else ever.
    UniqueConstraint(*_CLAIM, name="uq_links_claim"),
    Index(None, "source_connection", "source_id"),
    Index(None, "mirror_connection", "mirror_id"),
)

bases = Table(
    "bases",
    metadata,
    Column("link", RowId, ForeignKey("links.id"), primary_key=True),
    Column("field", String, primary_key=True),
    Column("source", JSON),
    Column("mirror", JSON),
)

pairs = Table(
    "pairs",
    metadata,
    Column("link", RowId, ForeignKey("links.id"), primary_key=True),
    Column("source_comment", String, primary_key=True),
    Column("mirror_comment", String, nullable=False),
    Column("carried", String),  # the version of the original that its copy shows
    Column("audience", String),  # who could read the original when that was last compared
    Column(
        "withdrawn", Boolean, nullable=False, server_default=false()
    ),  # there is no copy, and will be none
    UniqueConstraint("link", "mirror_comment"),
)

file_pairs = Table(
    "file_pairs",
    metadata,
    Column("link", RowId, ForeignKey("links.id"), primary_key=True),
    Column("source_file", String, primary_key=True),
    Column("mirror_file", String, nullable=False),
    UniqueConstraint("link", "mirror_file"),
)

listings = Table(
    "listings",
    metadata,
    Column("connection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("round", BigInteger, nullable=False),  # as a hint's
    Index(None, "connection", "due"),
)

rules = Table(
    "rules",
    metadata,
    Column("key", String, primary_key=True),
    Column("activated", Double, nullable=False),
    Column("baselined", Boolean, nullable=False),
)

truths = Table(
    "truths",
    metadata,
    Column("connection", String, primary_key=True),
    Column("item", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("truth", Boolean, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Double, nullable=False),
    Column("kind", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("item", String, nullable=False),
    Column("effect", RowId),
    Column("detail", JSON, nullable=False),
    Index(None, "connection", "item"),
    Index(None, "effect"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("marker", String, nullable=False, index=True),
    Column("connection", String, nullable=False),
    Column("target", String, nullable=False),  # what orders it: an item, or a link without mirror
    Column("kind", String, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("origin", JSON, nullable=False),
    Column("cause", BigInteger, nullable=False),
    Column("link", RowId, ForeignKey("links.id")),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Double, nullable=False),
    Column("sent", Double),  # when it was taken in hand: it cannot have been sent earlier
    Column("lost", Double),  # since when nobody knows what became of it: it cannot have been sent later
    Column("worker", String),
    Column("receipt", JSON),
    Column("error", Text),
    Index(None, "connection", "state", "id"),
    Index(None, "target", "state", "id"),
    # Few rows, found among the many without a look at them.
    Index(
        "ix_effects_held", "id", sqlite_where=text("state = 'held'"), postgresql_where=text("state = 'held'")
    ),
    Index(None, "link", "state"),
)

hints = Table(
    "hints",
    metadata,
    Column("connection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("whole", Boolean, nullable=False),  # read the item again, not its comments alone
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("round", BigInteger, nullable=False),  # grows with every new hint, so that none is lost mid-read
    Index(None, "connection", "due"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("connection", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", Double, nullable=False, index=True),
)

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("item", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("kind", "connection", "item", "subject", name="uq_notices_matter"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("person", Integer, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("handle", String, nullable=False),
    Index(None, "connection", "handle"),
)

people = Table(
    "people",
    metadata,
    Column("connection", String, primary_key=True),
    Column("handle", String, primary_key=True),
    Column("id", String),  # empty: the tool knows nobody of this handle
    Column("due", Double, nullable=False),  # when it is to be asked again
    Column("sure", Boolean, nullable=False),  # the tool answered at all
    Index(None, "connection", "id"),
)

strangers = Table(
    "strangers",
    metadata,
    Column("link", RowId, ForeignKey("links.id"), primary_key=True),
    Column("sought", String, primary_key=True),
    Column("home", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("handle", String),
    Column("told", Boolean, nullable=False),  # a notice counts this link
    Index(None, "sought", "handle"),
    Index(None, "home", "id"),
)

breakers = Table(
    "breakers",
    metadata,
    Column("connection", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("since", Double),  # when it opened; empty while it is closed
    Column("probes", Integer, nullable=False),
    Column("probe_at", Double, nullable=False),
    Column("error", Text, nullable=False),
)

caps = Table(
    "caps",
    metadata,
    Column("rule", String, primary_key=True),  # empty: all of them
    Column("cap", String, primary_key=True),
    Column("began", Double, nullable=False),  # of the hour that is counted
    Column("spent", Integer, nullable=False),
    Column("reached", Integer),  # the cap that was reached; empty while there is room
    Column("since", Double),  # when it was
)

runs = Table(
    "runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("began", Double, nullable=False),
    Column("journal", BigInteger, nullable=False),  # the last line of the journal before it
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("place", String, nullable=False),  # host and process id, for people
    Column("beat", Double, nullable=False),
)
