/*
 * server.c - memory, errors, messages and calls, as the readers know them
 *
 * Each block of memory is a malloc of exactly the size asked for, so that the
 * address sanitizer sees every byte read or written beside it.  ereport()
 * formats its texts, then jumps back to fuzz_call().
 */
#include "postgres.h"

#include <setjmp.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "server.h"

FuzzError	fuzz_error;
bool		fuzz_args_stable;

/* ---- memory ---- */

static void **blocks;
static size_t n_blocks;
static size_t max_blocks;

static void *
allocate(Size size)
{
	void	   *block;

	if (!AllocSizeIsValid(size))
		elog(ERROR, "invalid memory alloc request size %zu", size);
	if (n_blocks == max_blocks)
	{
		max_blocks = max_blocks * 2 + 64;
		blocks = realloc(blocks, sizeof(void *) * max_blocks);
	}
	block = malloc(size);
	if (block == NULL || blocks == NULL)
		fuzz_fail("no memory for %zu bytes", size);
	/* not zero: what is read before it is written shows in the results */
	memset(block, 0x7f, size);
	blocks[n_blocks++] = block;
	return block;
}

void *
palloc(Size size)
{
	return allocate(size);
}

void *
palloc0(Size size)
{
	return memset(allocate(size), 0, size);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	(void) context;
	return allocate(size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	(void) context;
	return palloc0(size);
}

/* The place of a block among those handed out, the newest first. */
static size_t
find_block(void *block)
{
	size_t		i;

	for (i = n_blocks; i > 0; i--)
	{
		if (blocks[i - 1] == block)
			return i - 1;
	}
	fuzz_fail("pfree or repalloc of what was not palloc'd");
}

void
pfree(void *block)
{
	size_t		i = find_block(block);

	blocks[i] = blocks[--n_blocks];
	free(block);
}

void *
repalloc(void *block, Size size)
{
	size_t		i = find_block(block);
	void	   *larger;

	if (!AllocSizeIsValid(size))
		elog(ERROR, "invalid memory alloc request size %zu", size);
	larger = realloc(block, size);
	if (larger == NULL)
		fuzz_fail("no memory for %zu bytes", size);
	blocks[i] = larger;
	return larger;
}

void
fuzz_free_all(void)
{
	while (n_blocks > 0)
		free(blocks[--n_blocks]);
}

char *
pnstrdup(const char *in, Size len)
{
	Size		n = strnlen(in, len);
	char	   *copy = palloc(n + 1);

	memcpy(copy, in, n);
	copy[n] = '\0';
	return copy;
}

char *
pstrdup(const char *in)
{
	return pnstrdup(in, strlen(in));
}

char *
fuzz_cstring(const uint8 *data, size_t size)
{
	/* data need not be terminated, nor be there at all */
	return size == 0 ? pstrdup("") : pnstrdup((const char *) data, size);
}

/* ---- errors ---- */

static sigjmp_buf *handler;

bool
errstart(int elevel, const char *domain)
{
	(void) domain;
	if (elevel < ERROR)
		return false;
	fuzz_error.sqlstate = ERRCODE_INTERNAL_ERROR;
	fuzz_error.message[0] = '\0';
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	fuzz_error.sqlstate = sqlerrcode;
	return 0;
}

/* Formats a text in full, whatever its length, then keeps its beginning. */
static int
keep_text(bool is_message, const char *format, va_list args)
{
	va_list		again;
	char	   *text;
	int			length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		fuzz_fail("bad format: %s", format);
	text = palloc(length + 1);
	vsnprintf(text, length + 1, format, args);
	if (is_message)
		snprintf(fuzz_error.message, sizeof(fuzz_error.message), "%s", text);
	pfree(text);
	return 0;
}

#define ERROR_TEXT(name, is_message) \
	int \
	name(const char *fmt,...) \
	{ \
		va_list		args; \
		va_start(args, fmt); \
		keep_text(is_message, fmt, args); \
		va_end(args); \
		return 0; \
	} \
	extern int	no_such_variable

ERROR_TEXT(errmsg, true);
ERROR_TEXT(errmsg_internal, true);
ERROR_TEXT(errdetail, false);
ERROR_TEXT(errdetail_internal, false);
ERROR_TEXT(errhint, false);

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	(void) filename;
	(void) lineno;
	(void) funcname;
	if (handler == NULL)
		fuzz_fail("error outside a call: %s", fuzz_error.message);
	siglongjmp(*handler, 1);
}

void
float_overflow_error(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value out of range: overflow")));
}

/* ---- calls ---- */

bool
fuzz_call(PGFunction function, FmgrInfo *flinfo, int nargs, const Datum *args,
		  Datum *result)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	sigjmp_buf	jump;
	sigjmp_buf *outer = handler;
	volatile bool done = false;
	int			i;

	InitFunctionCallInfoData(*fcinfo, flinfo, nargs, InvalidOid, NULL, NULL);
	for (i = 0; i < nargs; i++)
	{
		fcinfo->args[i].value = args[i];
		fcinfo->args[i].isnull = false;
	}
	if (sigsetjmp(jump, 0) == 0)
	{
		handler = &jump;
		*result = function(fcinfo);
		if (fcinfo->isnull)
			fuzz_fail("a reader returned NULL");
		done = true;
	}
	handler = outer;
	return done;
}

Datum
DirectFunctionCall1Coll(PGFunction func, Oid collation, Datum arg1)
{
	LOCAL_FCINFO(fcinfo, 1);

	InitFunctionCallInfoData(*fcinfo, NULL, 1, collation, NULL, NULL);
	fcinfo->args[0].value = arg1;
	fcinfo->args[0].isnull = false;
	return func(fcinfo);
}

bool
get_fn_expr_arg_stable(FmgrInfo *flinfo, int argnum)
{
	(void) flinfo;
	(void) argnum;
	return fuzz_args_stable;
}

/* ---- varlenas ---- */

struct varlena *
fuzz_varlena(const void *data, size_t size)
{
	struct varlena *result = palloc(VARHDRSZ + size);

	SET_VARSIZE(result, VARHDRSZ + size);
	if (size > 0)
		memcpy(VARDATA(result), data, size);
	return result;
}

struct varlena *
fuzz_short_varlena(const void *data, size_t size)
{
	struct varlena *result = palloc(VARHDRSZ_SHORT + size);

	SET_VARSIZE_SHORT(result, VARHDRSZ_SHORT + size);
	if (size > 0)
		memcpy(VARDATA_SHORT(result), data, size);
	return result;
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	if (VARATT_IS_SHORT(datum))
		return fuzz_varlena(VARDATA_SHORT(datum),
							VARSIZE_SHORT(datum) - VARHDRSZ_SHORT);
	return datum;
}

struct varlena *
pg_detoast_datum_packed(struct varlena *datum)
{
	return datum;
}

char *
text_to_cstring(const struct varlena *t)
{
	Size		n = VARSIZE_ANY_EXHDR(t);
	char	   *result = palloc(n + 1);

	memcpy(result, VARDATA_ANY(t), n);
	result[n] = '\0';
	return result;
}

int
pg_ltoa(int32 l, char *a)
{
	return sprintf(a, "%d", l);
}

/* ---- messages ---- */

void
enlargeStringInfo(StringInfo str, int needed)
{
	if (needed < 0)
		elog(ERROR, "invalid string enlargement request size: %d", needed);
	if ((Size) needed >= MaxAllocSize - (Size) str->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("out of memory")));
	needed += str->len + 1;
	if (needed <= str->maxlen)
		return;
	needed = Max(needed, 2 * str->maxlen);
	str->data = repalloc(str->data, needed);
	str->maxlen = needed;
}

/* see STANDS_FOR */
extern void append_binary(StringInfo str, const void *data, int datalen)
			STANDS_FOR(appendBinaryStringInfo);

void
append_binary(StringInfo str, const void *data, int datalen)
{
	enlargeStringInfo(str, datalen);
	memcpy(str->data + str->len, data, datalen);
	str->len += datalen;
	str->data[str->len] = '\0';
}

void
pq_begintypsend(StringInfo buf)
{
	buf->data = palloc(VARHDRSZ + 1);
	buf->maxlen = VARHDRSZ + 1;
	buf->len = VARHDRSZ;
	buf->cursor = 0;
	memset(buf->data, 0, VARHDRSZ + 1);
}

bytea *
pq_endtypsend(StringInfo buf)
{
	bytea	   *result = (bytea *) buf->data;

	SET_VARSIZE(result, buf->len);
	return result;
}

void
pq_sendfloat4(StringInfo buf, float4 f)
{
	uint32		bits;

	memcpy(&bits, &f, sizeof(bits));
	pq_sendint32(buf, bits);
}

extern void copy_bytes(StringInfo msg, void *buf, int datalen)
			STANDS_FOR(pq_copymsgbytes);

void
copy_bytes(StringInfo msg, void *buf, int datalen)
{
	if (datalen < 0 || datalen > (msg->len - msg->cursor))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("insufficient data left in message")));
	memcpy(buf, &msg->data[msg->cursor], datalen);
	msg->cursor += datalen;
}

unsigned int
pq_getmsgint(StringInfo msg, int b)
{
	uint8		bytes[4];
	unsigned int result = 0;
	int			i;

	if (b != 1 && b != 2 && b != 4)
		elog(ERROR, "unsupported integer size %d", b);
	copy_bytes(msg, bytes, b);
	for (i = 0; i < b; i++)
		result = result << 8 | bytes[i];
	return result;
}

float4
pq_getmsgfloat4(StringInfo msg)
{
	uint32		bits = pq_getmsgint(msg, sizeof(bits));
	float4		result;

	memcpy(&result, &bits, sizeof(result));
	return result;
}
