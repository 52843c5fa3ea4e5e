/*
 * vecpack.c - converts packed vector files to text for COPY, and packs them
 *
 * Duties: reads int8 (.i8v) and float32 (.fvecs) files row by row, checks
 * every length before it is believed, and writes COPY text, .fvecs or .i8v.
 * It needs the C library only, and holds one row at a time, except that pack
 * and pick keep all rows.  It does not talk to a server.
 *
 * Layouts, all little endian:
 *	  .i8v	 "I8V1", int32 n, int32 d, float32 scale[n], int8 data[n][d];
 *			 the value is scale * data
 *	  .u8v	 "U8V1", int32 n, int32 d, uint8 data[n][d]
 *	  .fvecs per row: int32 d, float32 value[d]
 *	  .ivecs per row: int32 d, int32 value[d]
 *
 * Build: cc -std=c99 -O2 -o vecpack vecpack.c -lm
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIM		65536
#define SCALE_BLOCK 65536

typedef enum
{
	FORMAT_FLOAT,				/* .fvecs */
	FORMAT_INT32,				/* .ivecs */
	FORMAT_INT8,				/* .i8v */
	FORMAT_UINT8				/* .u8v */
} Format;

typedef struct
{
	FILE	   *file;
	const char *name;
	Format		format;
	int32_t		d;				/* dimensions */
	int32_t		n;				/* rows by the header, FORMAT_*INT8 only */
	int64_t		row;			/* rows read so far */
	float	   *scales;			/* FORMAT_INT8 only */
	unsigned char *raw;			/* one row as stored */
} Reader;

typedef struct
{
	FILE	   *file;
	const char *name;
} Writer;

static const char usage[] =
"usage: vecpack copy IN [FIRST [COUNT]]     COPY text: row<TAB>[x1,x2,...]\n"
"       vecpack values IN [FIRST [COUNT]]   the same without the row number\n"
"       vecpack ivcopy IN [FIRST [COUNT]]   an .ivecs: row<TAB>rank<TAB>value\n"
"       vecpack unpack IN OUT [COUNT]       to .fvecs\n"
"       vecpack pick IN OUT ROWS            to .fvecs, the rows listed in ROWS\n"
"       vecpack pack IN OUT [COUNT]         to .i8v, scale = max|x| / 127 a row\n"
"       vecpack packu8 IN OUT [COUNT]       to .u8v, of integers 0..255\n"
"IN may be .i8v, .u8v or .fvecs; - is standard input or output.\n"
"Rows are counted from 0.\n";

static void
fail(const char *name, const char *message)
{
	fflush(stdout);
	fprintf(stderr, "vecpack: %s: %s\n", name, message);
	exit(1);
}

static void *
allocate(void *old, size_t size)
{
	void	   *p = realloc(old, size > 0 ? size : 1);

	if (p == NULL)
		fail("memory", "not enough");
	return p;
}

/* Bytes in files are little endian, whatever this machine is. */
static uint32_t
load_u32(const unsigned char *p)
{
	return (uint32_t) p[0] | (uint32_t) p[1] << 8 |
		(uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static void
store_u32(unsigned char *p, uint32_t v)
{
	p[0] = v & 0xFF;
	p[1] = v >> 8 & 0xFF;
	p[2] = v >> 16 & 0xFF;
	p[3] = v >> 24 & 0xFF;
}

static float
load_float(const unsigned char *p)
{
	uint32_t	bits = load_u32(p);
	float		x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static void
store_float(unsigned char *p, float x)
{
	uint32_t	bits;

	memcpy(&bits, &x, sizeof(bits));
	store_u32(p, bits);
}

static int64_t
parse_count(const char *text)
{
	char	   *end;
	long long	v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || v < 0)
		fail(text, "not a row count");
	return v;
}

/* ---- reading ---- */

static void
read_exact(Reader *r, void *to, size_t size)
{
	if (fread(to, 1, size, r->file) != size)
		fail(r->name, ferror(r->file) ? strerror(errno) : "file ends too early");
}

/* Grows with what is really there: a false header cannot ask for memory. */
static void
read_scales(Reader *r)
{
	for (int64_t at = 0; at < r->n; at += SCALE_BLOCK)
	{
		int64_t		count = r->n - at < SCALE_BLOCK ? r->n - at : SCALE_BLOCK;
		unsigned char bytes[4];

		r->scales = allocate(r->scales, (size_t) (at + count) * sizeof(float));
		for (int64_t i = at; i < at + count; i++)
		{
			read_exact(r, bytes, 4);
			r->scales[i] = load_float(bytes);
			if (!isfinite(r->scales[i]) || r->scales[i] < 0)
				fail(r->name, "a scale is negative or not finite");
		}
	}
}

static void
read_packed_header(Reader *r)
{
	unsigned char bytes[8];

	read_exact(r, bytes, 8);
	r->n = (int32_t) load_u32(bytes);
	r->d = (int32_t) load_u32(bytes + 4);
	if (r->n < 0)
		fail(r->name, "the number of rows is negative");
	if (r->d < 1 || r->d > MAX_DIM)
		fail(r->name, "the number of dimensions is not between 1 and 65536");
	if (r->format == FORMAT_INT8)
		read_scales(r);
}

/* No magic is a valid dimension, so the first four bytes tell the format. */
static void
open_reader(Reader *r, const char *name, bool integers)
{
	unsigned char head[4];
	size_t		got;

	memset(r, 0, sizeof(*r));
	r->name = name;
	r->file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	if (r->file == NULL)
		fail(name, strerror(errno));

	got = fread(head, 1, 4, r->file);
	if (got != 4)
		fail(name, got == 0 ? "file is empty" : "file ends too early");
	if (memcmp(head, "I8V1", 4) == 0)
		r->format = FORMAT_INT8;
	else if (memcmp(head, "U8V1", 4) == 0)
		r->format = FORMAT_UINT8;
	else
		r->format = integers ? FORMAT_INT32 : FORMAT_FLOAT;

	if (r->format == FORMAT_INT8 || r->format == FORMAT_UINT8)
	{
		if (integers)
			fail(name, "not an .ivecs file");
		read_packed_header(r);
	}
	else
	{
		r->d = (int32_t) load_u32(head);
		if (r->d < 1 || r->d > MAX_DIM)
			fail(name, "not a vector file: no magic, and no dimension between 1 and 65536");
	}
	r->raw = allocate(NULL, (size_t) r->d * 4);
}

static void
close_reader(Reader *r)
{
	if (r->file != stdin)
		fclose(r->file);
	free(r->scales);
	free(r->raw);
}

/* Finds the next row of an .fvecs or .ivecs; false at the end. */
static bool
next_plain(Reader *r)
{
	unsigned char head[4];
	size_t		got;

	if (r->row > 0)
	{
		got = fread(head, 1, 4, r->file);
		if (got == 0 && !ferror(r->file))
			return false;
		if (got != 4)
			fail(r->name, "file ends inside a row");
		if ((int32_t) load_u32(head) != r->d)
			fail(r->name, "rows differ in their number of dimensions");
	}
	read_exact(r, r->raw, (size_t) r->d * 4);
	r->row++;
	return true;
}

static bool
next_packed(Reader *r)
{
	if (r->row == r->n)
	{
		if (fgetc(r->file) != EOF)
			fail(r->name, "bytes follow the last row");
		return false;
	}
	read_exact(r, r->raw, (size_t) r->d);
	r->row++;
	return true;
}

/* Reads the next row into raw; false at the end of the file. */
static bool
next_raw(Reader *r)
{
	if (r->format == FORMAT_INT8 || r->format == FORMAT_UINT8)
		return next_packed(r);
	return next_plain(r);
}

/* The row in raw as floats. */
static void
decode(const Reader *r, float *x)
{
	for (int32_t j = 0; j < r->d; j++)
	{
		if (r->format == FORMAT_INT8)
			x[j] = r->scales[r->row - 1] * (float) (int8_t) r->raw[j];
		else if (r->format == FORMAT_UINT8)
			x[j] = (float) r->raw[j];
		else
			x[j] = load_float(r->raw + (size_t) j * 4);
		if (!isfinite(x[j]))
			fail(r->name, "a value is not finite");
	}
}

/* ---- writing ---- */

static void
open_writer(Writer *w, const char *name)
{
	w->name = name;
	w->file = strcmp(name, "-") == 0 ? stdout : fopen(name, "wb");
	if (w->file == NULL)
		fail(name, strerror(errno));
}

static void
write_exact(Writer *w, const void *from, size_t size)
{
	if (size > 0 && fwrite(from, 1, size, w->file) != size)
		fail(w->name, strerror(errno));
}

static void
close_writer(Writer *w)
{
	if (fflush(w->file) != 0 || ferror(w->file))
		fail(w->name, strerror(errno));
	if (w->file != stdout && fclose(w->file) != 0)
		fail(w->name, strerror(errno));
}

static void
write_fvec(Writer *w, const float *x, int32_t d, unsigned char *bytes)
{
	store_u32(bytes, (uint32_t) d);
	for (int32_t j = 0; j < d; j++)
		store_float(bytes + 4 + (size_t) j * 4, x[j]);
	write_exact(w, bytes, 4 + (size_t) d * 4);
}

/* ---- verbs ---- */

static void
print_row(const Reader *r, const float *x, bool numbered)
{
	if (numbered)
		printf("%lld\t", (long long) r->row - 1);
	for (int32_t j = 0; j < r->d; j++)
		printf("%c%.9g", j == 0 ? '[' : ',', x[j]);
	puts("]");
}

static void
print_integers(const Reader *r)
{
	for (int32_t j = 0; j < r->d; j++)
		printf("%lld\t%d\t%d\n", (long long) r->row - 1, j + 1,
			   (int) (int32_t) load_u32(r->raw + (size_t) j * 4));
}

static void
do_print(const char *verb, const char *in, int64_t first, int64_t count)
{
	bool		integers = strcmp(verb, "ivcopy") == 0;
	bool		numbered = strcmp(verb, "copy") == 0;
	Reader		r;
	Writer		out = {stdout, "standard output"};
	float	   *x;

	open_reader(&r, in, integers);
	x = allocate(NULL, (size_t) r.d * sizeof(float));
	while (next_raw(&r))
	{
		if (r.row - 1 < first || r.row - 1 - first >= count)
			continue;
		if (integers)
		{
			print_integers(&r);
			continue;
		}
		decode(&r, x);
		print_row(&r, x, numbered);
	}
	free(x);
	close_reader(&r);
	close_writer(&out);
}

static void
do_unpack(const char *in, const char *out, int64_t count)
{
	Reader		r;
	Writer		w;
	float	   *x;
	unsigned char *bytes;

	open_reader(&r, in, false);
	open_writer(&w, out);
	x = allocate(NULL, (size_t) r.d * sizeof(float));
	bytes = allocate(NULL, (size_t) r.d * 4 + 4);
	while (next_raw(&r) && r.row <= count)
	{
		decode(&r, x);
		write_fvec(&w, x, r.d, bytes);
	}
	free(bytes);
	free(x);
	close_reader(&r);
	close_writer(&w);
}

/* All rows of a file as floats; for pick, which jumps about. */
static float *
read_all(Reader *r)
{
	float	   *all = NULL;
	int64_t		space = 0;

	while (next_raw(r))
	{
		if (r->row > space)
		{
			space = space == 0 ? 1024 : space * 2;
			all = allocate(all, (size_t) space * (size_t) r->d * sizeof(float));
		}
		decode(r, all + (size_t) (r->row - 1) * (size_t) r->d);
	}
	return all;
}

static void
do_pick(const char *in, const char *out, const char *rows)
{
	Reader		r;
	Writer		w;
	FILE	   *list = fopen(rows, "r");
	float	   *all;
	unsigned char *bytes;
	long long	row;
	int			got;

	if (list == NULL)
		fail(rows, strerror(errno));
	open_reader(&r, in, false);
	all = read_all(&r);
	open_writer(&w, out);
	bytes = allocate(NULL, (size_t) r.d * 4 + 4);
	while ((got = fscanf(list, "%lld", &row)) == 1)
	{
		if (row < 0 || row >= r.row)
			fail(rows, "a row number is outside the file");
		write_fvec(&w, all + (size_t) row * (size_t) r.d, r.d, bytes);
	}
	if (got != EOF)
		fail(rows, "not a list of row numbers");
	free(bytes);
	free(all);
	fclose(list);
	close_reader(&r);
	close_writer(&w);
}

/* Returns the scale of the row. */
static float
quantize_int8(const float *x, int32_t d, unsigned char *to)
{
	float		largest = 0;
	float		scale;

	for (int32_t j = 0; j < d; j++)
		largest = fmaxf(largest, fabsf(x[j]));
	scale = largest / 127.0f;
	if (!(scale > 0))
		scale = 1;
	for (int32_t j = 0; j < d; j++)
	{
		float		q = rintf(x[j] / scale);

		to[j] = (unsigned char) (int8_t) fmaxf(-127.0f, fminf(127.0f, q));
	}
	return scale;
}

static void
store_uint8(const Reader *r, const float *x, unsigned char *to)
{
	for (int32_t j = 0; j < r->d; j++)
	{
		if (x[j] != rintf(x[j]) || x[j] < 0 || x[j] > 255)
			fail(r->name, "a value is not an integer between 0 and 255");
		to[j] = (unsigned char) x[j];
	}
}

static void
do_pack(bool uint8, const char *in, const char *out, int64_t count)
{
	Reader		r;
	Writer		w;
	float	   *x;
	unsigned char *data = NULL;
	unsigned char *scales = NULL;
	unsigned char head[12];
	int64_t		n = 0;
	int64_t		space = 0;

	open_reader(&r, in, false);
	x = allocate(NULL, (size_t) r.d * sizeof(float));
	while (n < count && next_raw(&r))
	{
		if (n == INT32_MAX)
			fail(in, "too many rows");
		if (n == space)
		{
			space = space == 0 ? 1024 : space * 2;
			data = allocate(data, (size_t) space * (size_t) r.d);
			scales = allocate(scales, (size_t) space * 4);
		}
		decode(&r, x);
		if (uint8)
			store_uint8(&r, x, data + (size_t) n * (size_t) r.d);
		else
			store_float(scales + (size_t) n * 4,
						quantize_int8(x, r.d, data + (size_t) n * (size_t) r.d));
		n++;
	}

	open_writer(&w, out);
	memcpy(head, uint8 ? "U8V1" : "I8V1", 4);
	store_u32(head + 4, (uint32_t) n);
	store_u32(head + 8, (uint32_t) r.d);
	write_exact(&w, head, sizeof(head));
	if (!uint8)
		write_exact(&w, scales, (size_t) n * 4);
	write_exact(&w, data, (size_t) n * (size_t) r.d);
	free(data);
	free(scales);
	free(x);
	close_reader(&r);
	close_writer(&w);
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool		prints = strcmp(verb, "copy") == 0 ||
	strcmp(verb, "values") == 0 || strcmp(verb, "ivcopy") == 0;
	bool		packs = strcmp(verb, "pack") == 0 || strcmp(verb, "packu8") == 0;
	int64_t		third = argc > 3 && prints ? parse_count(argv[3]) : 0;

	if (prints && argc >= 3 && argc <= 5)
		do_print(verb, argv[2], third,
				 argc > 4 ? parse_count(argv[4]) : INT64_MAX);
	else if (packs && argc >= 4 && argc <= 5)
		do_pack(strcmp(verb, "packu8") == 0, argv[2], argv[3],
				argc > 4 ? parse_count(argv[4]) : INT64_MAX);
	else if (strcmp(verb, "unpack") == 0 && argc >= 4 && argc <= 5)
		do_unpack(argv[2], argv[3],
				  argc > 4 ? parse_count(argv[4]) : INT64_MAX);
	else if (strcmp(verb, "pick") == 0 && argc == 5)
		do_pick(argv[2], argv[3], argv[4]);
	else
	{
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}
