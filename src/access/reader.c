/*
 * reader.c - readers: the principals whose answers this session keeps
 *
 * A few readers are kept, so that a pooled connection that serves several
 * principals in turn does not start anew for each.  A reader is good for its
 * principal while the grants and the definitions are as they were, and until
 * its next timed grant ends.  README.md tells the whole story.
 *
 * Memory: one context per reader, at most TRL_EXPRESSION_MAX * 2 bits of
 * answers (4 MB); texts of expressions share a context that is emptied at
 * TEXTS_MAX bytes.  Locks: see catalog.h.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "access/catalog.h"
#include "access/identity.h"
#include "access/jwt.h"
#include "access/label_expr.h"
#include "access/reader.h"

#define READERS 8
#define TEXTS_MAX (4 * 1024 * 1024)

/* Ids of no expression whose "no" may be remembered. */
#define MISSING_MAX 256

struct TrlReader
{
	TrlReaderHead head;			/* must be first */
	MemoryContext context;		/* NULL: the slot is empty */
	uint64		last_used;
	char		principal[TRL_PRINCIPAL_MAX + 1];
	uint64		definitions;	/* epochs of which the answers are */
	uint64		grants;
	TimestampTz from;			/* when they hold: from <= now < until */
	TimestampTz until;
	Bitmapset  *held;			/* labels */
	uint64		expressions;	/* epoch of missing and list */
	int			nmissing;
	int32		missing[MISSING_MAX];
	bool		listed;
	int			nlist;
	int32	   *list;			/* sorted */
};

typedef struct TextEntry
{
	int32		id;				/* hash key */
	char	   *text;
} TextEntry;

static TrlReader readers[READERS];
static uint64 use_counter = 0;

static MemoryContext texts_context = NULL;
static HTAB *texts = NULL;
static Size texts_bytes = 0;
static uint64 texts_definitions = 0;

/* Empties the store of expression texts. */
static void
reset_texts(void)
{
	HASHCTL		ctl = {.keysize = sizeof(int32), .entrysize = sizeof(TextEntry)};

	texts = NULL;
	texts_bytes = 0;
	if (texts_context == NULL)
		texts_context = AllocSetContextCreate(TopMemoryContext,
											  "trellis label expressions",
											  ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(texts_context);
	ctl.hcxt = texts_context;
	texts = hash_create("trellis label expressions", 256, &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	texts_definitions = trl_access_epochs.definitions;
}

/* Canonical text of an expression, NULL if there is none; it is not kept. */
static const char *
expression_text(int32 id)
{
	TextEntry  *entry;
	char	   *text;

	if (texts == NULL || texts_definitions != trl_access_epochs.definitions ||
		texts_bytes > TEXTS_MAX)
		reset_texts();
	entry = hash_search(texts, &id, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->text;

	text = trl_catalog_expression(id);
	/* reading may have told of a change: do not keep what may be older */
	if (text == NULL || texts_definitions != trl_access_epochs.definitions)
		return text;
	text = MemoryContextStrdup(texts_context, text);
	texts_bytes += strlen(text) + sizeof(TextEntry) + 16;
	entry = hash_search(texts, &id, HASH_ENTER, NULL);
	entry->text = text;
	return text;
}

static void
forget_reader(TrlReader *reader)
{
	if (reader->context != NULL)
		MemoryContextDelete(reader->context);
	memset(reader, 0, sizeof(*reader));
	trl_access_serial++;
}

static bool
reader_is_good(const TrlReader *reader, const char *principal, TimestampTz now)
{
	return reader->context != NULL &&
		reader->definitions == trl_access_epochs.definitions &&
		reader->grants == trl_access_epochs.grants &&
		now >= reader->from && now < reader->until &&
		strcmp(reader->principal, principal) == 0;
}

/* Fills an empty slot; it is not good before the last line. */
static void
build_reader(TrlReader *reader, const char *principal, TimestampTz now)
{
	MemoryContext context;
	MemoryContext old;
	TimestampTz until;

	context = AllocSetContextCreate(TopMemoryContext, "trellis reader",
									ALLOCSET_DEFAULT_SIZES);
	reader->context = context;
	strlcpy(reader->principal, principal, sizeof(reader->principal));
	reader->from = now;
	reader->until = now;
	reader->expressions = trl_access_epochs.expressions;
	reader->definitions = trl_access_epochs.definitions;

	/* a change that comes while we read leaves the older epoch here */
	reader->grants = trl_access_epochs.grants;
	old = MemoryContextSwitchTo(context);
	reader->held = trl_catalog_grants(principal, now, &until);
	MemoryContextSwitchTo(old);
	reader->until = until;
}

/* The slot that was not used for longest, emptied. */
static TrlReader *
evict_reader(void)
{
	TrlReader  *oldest = &readers[0];
	int			i;

	for (i = 0; i < READERS; i++)
	{
		if (readers[i].context == NULL)
			return &readers[i];
		if (readers[i].last_used < oldest->last_used)
			oldest = &readers[i];
	}
	forget_reader(oldest);
	return oldest;
}

/* New expressions: what was not there may be, and the list is short. */
static void
take_in_expressions(TrlReader *reader)
{
	int			i;

	if (reader->expressions == trl_access_epochs.expressions)
		return;
	for (i = 0; i < reader->nmissing; i++)
	{
		uint32		id = (uint32) reader->missing[i];

		reader->head.bits[id / 64].known &= ~(UINT64CONST(1) << (id % 64));
	}
	reader->nmissing = 0;
	reader->listed = false;
	reader->expressions = trl_access_epochs.expressions;
}

static TrlReader *
reader_of_principal(const char *principal, TimestampTz now)
{
	TrlReader  *reader;
	int			i;

	for (i = 0; i < READERS; i++)
	{
		reader = &readers[i];
		if (reader_is_good(reader, principal, now))
			break;
		/* a reader that is not good for its principal never will be */
		if (reader->context != NULL && strcmp(reader->principal, principal) == 0)
			forget_reader(reader);
	}
	if (i == READERS)
	{
		reader = evict_reader();
		build_reader(reader, principal, now);
	}
	take_in_expressions(reader);
	reader->last_used = ++use_counter;
	return reader;
}

void
trl_reader_refresh(TrlReaderCall *call)
{
	TrlIdentity who;
	int			attempt;

	call->serial = 0;
	call->reader = NULL;
	call->statement = GetCurrentStatementStartTimestamp();
	if (!trl_catalog_refresh())
		return;

	/*
	 * Reading the catalogue may tell of changes to it; once more then.  If
	 * they keep coming, the next row looks again.
	 */
	for (attempt = 0; attempt < 3; attempt++)
	{
		uint64		serial = trl_access_serial;

		trl_identity_get(&who);
		call->reader = who.source == TRL_IDENTITY_NOBODY ? NULL
			: reader_of_principal(who.principal, trl_statement_time());
		call->serial = serial;
		if (serial == trl_access_serial)
			break;
	}
}

/* Makes room for the answer on id. */
static void
grow_bits(TrlReader *reader, uint32 id)
{
	uint32		nwords = Max(reader->head.nwords * 2, 16);

	while (nwords <= id / 64)
		nwords *= 2;
	if (reader->head.bits == NULL)
		reader->head.bits = MemoryContextAllocZero(reader->context,
												   nwords * sizeof(TrlReaderBits));
	else
	{
		reader->head.bits = repalloc(reader->head.bits,
									 nwords * sizeof(TrlReaderBits));
		memset(reader->head.bits + reader->head.nwords, 0,
			   (nwords - reader->head.nwords) * sizeof(TrlReaderBits));
	}
	reader->head.nwords = nwords;
}

static void
remember(TrlReader *reader, int32 id, bool allowed)
{
	uint64		mask = UINT64CONST(1) << ((uint32) id % 64);
	TrlReaderBits *bits;

	if ((uint32) id / 64 >= reader->head.nwords)
		grow_bits(reader, (uint32) id);
	bits = &reader->head.bits[id / 64];
	bits->known |= mask;
	if (allowed)
		bits->allowed |= mask;
}

bool
trl_reader_learn(TrlReader *reader, int32 id)
{
	const char *text;
	bool		allowed;

	if (id < 1 || id > TRL_EXPRESSION_MAX)
		return false;
	text = expression_text(id);
	allowed = text != NULL && trl_expr_holds(text, reader->held);
	if (text == NULL && reader->nmissing == MISSING_MAX)
		return false;
	remember(reader, id, allowed);
	if (text == NULL)
		reader->missing[reader->nmissing++] = id;
	return allowed;
}

/* The list while it grows. */
typedef struct ListBuilder
{
	TrlReader  *reader;
	int			room;
	int			n;
	int32	   *ids;
} ListBuilder;

static bool
collect_expression(int32 id, const char *canonical, void *arg)
{
	ListBuilder *b = arg;

	if (!trl_expr_holds(canonical, b->reader->held))
		return true;
	if (b->n == b->room)
	{
		b->room *= 2;
		b->ids = repalloc(b->ids, b->room * sizeof(int32));
	}
	b->ids[b->n++] = id;
	return true;
}

static int
compare_ids(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

const int32 *
trl_reader_list(TrlReader *reader, int *n)
{
	ListBuilder b = {.reader = reader, .room = 64};

	if (!reader->listed)
	{
		if (reader->list != NULL)
			pfree(reader->list);
		reader->list = NULL;
		b.ids = MemoryContextAlloc(reader->context, b.room * sizeof(int32));
		trl_catalog_each_expression(collect_expression, &b);
		qsort(b.ids, b.n, sizeof(int32), compare_ids);
		reader->list = b.ids;
		reader->nlist = b.n;
		reader->listed = (reader->expressions == trl_access_epochs.expressions);
	}
	*n = reader->nlist;
	return reader->list;
}

TrlReaderCall *
trl_reader_new_call(FmgrInfo *flinfo)
{
	flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt,
											  sizeof(TrlReaderCall));
	return flinfo->fn_extra;
}
