/*
 * binary_client.c - a libpq client that never turns a vector into text
 *
 * Usage: binary_client [EXTENSION]		(default: trellis)
 *
 * An example to copy from, and a test: it stores and finds vector, halfvec,
 * sparsevec and bit with binary parameters and binary results, copies a table
 * out and in by binary COPY, and shows what the server says to malformed
 * bytes.  The server is the one that the PG* variables of the environment
 * name.  Every answer is compared with one computed here; the first that
 * differs ends the program with a message and status 1.
 *
 * wire.h has the formats.  Text is what most drivers send; binary saves the
 * conversion on both sides and is exact.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "wire.h"

#define DIMENSIONS 4
#define SPARSE_DIMENSIONS 12
#define MAX_ELEMENTS 4
#define BITS 16
#define ROWS 4

enum
{
	TEXT, BINARY
};

/* The columns of the table, in its order. */
enum
{
	ID, EMBEDDING, HALF, SPARSE, FLAGS, COLUMNS
};

static const char *const column_name[COLUMNS] =
{"id", "embedding", "half", "sparse", "flags"};
static const char *const column_type[COLUMNS] =
{"bigint", "vector", "halfvec", "sparsevec", "bit"};

/* A row as the program holds it; dense serves both dense columns. */
typedef struct Row
{
	int64_t		id;
	float		dense[DIMENSIONS];
	int32_t		elements;
	int32_t		indices[MAX_ELEMENTS];
	float		values[MAX_ELEMENTS];
	unsigned char bits[BITS / 8];
	bool		null;			/* all columns but the id are NULL */
} Row;

/* Multiples of 1/4: exact in float4 and in half precision. */
static const Row rows[ROWS] =
{
	{1, {1, 2, 3, 0.5f}, 3, {0, 3, 11}, {1.5f, 2, 0.5f}, {0xf0, 0x00}, false},
	{2, {-1.5f, 0.25f, 4, 2}, 2, {1, 3}, {-2, 0.75f}, {0xff, 0x01}, false},
	{3, {0.5f, 0.5f, -2.75f, 1}, 4, {0, 2, 7, 10}, {3, 1, -1.25f, 4}, {0xc0, 0x03}, false},
	{4, {0}, 0, {0}, {0}, {0}, true}
};
static const Row query =
{0, {1.25f, 1, 2.5f, 0.25f}, 3, {0, 3, 7}, {1, 1.25f, 0.5f}, {0xf7, 0x01}, false};

static PGconn * connection;
static Oid	type_oid[COLUMNS];

/* --- reporting --- */

static void
passed(const char *what)
{
	printf("ok - c: %s\n", what);
}

static void
fail(const char *what, const char *format,...)
{
	va_list		arguments;

	printf("not ok - c: %s\n# ", what);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	PQfinish(connection);
	exit(1);
}

/* Returns the result, or ends the program if it has another status. */
static PGresult *
expect(PGresult * result, ExecStatusType status, const char *what)
{
	if (PQresultStatus(result) != status)
		fail(what, "%s: %s", PQresStatus(PQresultStatus(result)),
			 PQerrorMessage(connection));
	return result;
}

static void
run(const char *command)
{
	PQclear(expect(PQexec(connection, command), PGRES_COMMAND_OK, command));
}

/* --- values to bytes and back --- */

/*
 * A pointer into a table that the reader of a struct may not change; the
 * struct of wire.h has pointers that reading fills.
 */
static SparseVector
sparse_of(const Row *row)
{
	SparseVector vector = {SPARSE_DIMENSIONS, row->elements,
	(int32_t *) row->indices, (float *) row->values};

	return vector;
}

static void
put_column(WireBuffer *buffer, const Row *row, int column)
{
	SparseVector sparse = sparse_of(row);

	switch (column)
	{
		case ID:
			wire_put_int64(buffer, row->id);
			break;
		case EMBEDDING:
			wire_put_vector(buffer, row->dense, DIMENSIONS);
			break;
		case HALF:
			wire_put_halfvec(buffer, row->dense, DIMENSIONS);
			break;
		case SPARSE:
			wire_put_sparsevec(buffer, &sparse);
			break;
		case FLAGS:
			wire_put_bit(buffer, row->bits, BITS);
			break;
	}
}

/* Reads a value into "row"; ends the program if it is not one of ours. */
static void
get_column(const char *bytes, int length, Row *row, int column, const char *what)
{
	WireReader	reader;
	SparseVector sparse = sparse_of(row);
	int			size = 0;
	int			expected_size = 0;
	float		half[DIMENSIONS];

	wire_read(&reader, bytes, length);
	switch (column)
	{
		case ID:
			row->id = wire_get_int64(&reader);
			break;
		case EMBEDDING:
			size = wire_get_vector(&reader, row->dense, DIMENSIONS);
			expected_size = DIMENSIONS;
			break;
		case HALF:
			/* holds the same numbers as "embedding", which came before */
			size = wire_get_halfvec(&reader, half, DIMENSIONS);
			expected_size = DIMENSIONS;
			if (size == DIMENSIONS && memcmp(half, row->dense, sizeof(half)) != 0)
				fail(what, "row %lld: half differs from embedding", (long long) row->id);
			break;
		case SPARSE:
			wire_get_sparsevec(&reader, &sparse, MAX_ELEMENTS);
			row->elements = sparse.elements;
			size = sparse.dimensions;
			expected_size = SPARSE_DIMENSIONS;
			break;
		case FLAGS:
			size = wire_get_bit(&reader, row->bits, BITS);
			expected_size = BITS;
			break;
	}
	if (!wire_at_end(&reader) || size != expected_size)
		fail(what, "%s of row %lld: %d bytes that are not such a value of size %d",
			 column_name[column], (long long) row->id, length, expected_size);
}

static void
compare_row(const Row *got, const Row *wanted, const char *what)
{
	if (got->id != wanted->id || got->null != wanted->null)
		fail(what, "row %lld where %lld was expected",
			 (long long) got->id, (long long) wanted->id);
	if (memcmp(got->dense, wanted->dense, sizeof(got->dense)) != 0 ||
		got->elements != wanted->elements ||
		memcmp(got->indices, wanted->indices, sizeof(got->indices)) != 0 ||
		memcmp(got->values, wanted->values, sizeof(got->values)) != 0 ||
		memcmp(got->bits, wanted->bits, sizeof(got->bits)) != 0)
		fail(what, "row %lld came back changed", (long long) wanted->id);
}

/* --- the steps --- */

/* Parameters of these types need their OIDs, which differ between databases. */
static void
look_up_types(void)
{
	int			i;

	for (i = 0; i < COLUMNS; i++)
	{
		const char *parameters[1] = {column_type[i]};
		PGresult   *result = PQexecParams(connection,
										  "SELECT $1::regtype::oid", 1, NULL, parameters,
										  NULL, NULL, TEXT);

		expect(result, PGRES_TUPLES_OK, "types exist");
		type_oid[i] = (Oid) strtoul(PQgetvalue(result, 0, 0), NULL, 10);
		PQclear(result);
	}
	passed("types exist");
}

static void
create_table(void)
{
	char		command[256];

	run("DROP TABLE IF EXISTS binary_items, binary_copy");
	snprintf(command, sizeof(command),
			 "CREATE TABLE binary_items (id bigint PRIMARY KEY,"
			 " embedding vector(%d), half halfvec(%d),"
			 " sparse sparsevec(%d), flags bit(%d))",
			 DIMENSIONS, DIMENSIONS, SPARSE_DIMENSIONS, BITS);
	run(command);
	passed("creates a table");
}

static void
insert_rows(void)
{
	const char *what = "inserts with binary parameters";
	int			formats[COLUMNS] = {BINARY, BINARY, BINARY, BINARY, BINARY};
	int			i;

	PQclear(expect(PQprepare(connection, "insert",
							 "INSERT INTO binary_items VALUES ($1, $2, $3, $4, $5)",
							 COLUMNS, type_oid), PGRES_COMMAND_OK, what));
	for (i = 0; i < ROWS; i++)
	{
		WireBuffer	buffers[COLUMNS] = {{0}};
		const char *parameters[COLUMNS];
		int			lengths[COLUMNS];
		int			column;

		for (column = 0; column < COLUMNS; column++)
		{
			put_column(&buffers[column], &rows[i], column);
			/* a null pointer is NULL */
			parameters[column] = rows[i].null && column != ID ?
				NULL : buffers[column].data;
			lengths[column] = (int) buffers[column].length;
		}
		PQclear(expect(PQexecPrepared(connection, "insert", COLUMNS, parameters,
									  lengths, formats, BINARY),
					   PGRES_COMMAND_OK, what));
		for (column = 0; column < COLUMNS; column++)
			wire_free(&buffers[column]);
	}
	passed(what);
}

static void
read_rows(const char *table, const char *what)
{
	char		command[128];
	PGresult   *result;
	int			i;

	snprintf(command, sizeof(command), "SELECT * FROM %s ORDER BY id", table);
	result = PQexecParams(connection, command, 0, NULL, NULL, NULL, NULL, BINARY);
	expect(result, PGRES_TUPLES_OK, what);
	if (PQntuples(result) != ROWS)
		fail(what, "%d rows, expected %d", PQntuples(result), ROWS);
	for (i = 0; i < ROWS; i++)
	{
		Row			row = {0};
		int			column;

		for (column = 0; column < COLUMNS; column++)
		{
			if (PQfformat(result, column) != BINARY || PQftype(result, column) != type_oid[column])
				fail(what, "%s is not the binary %s that was asked for",
					 column_name[column], column_type[column]);
			if (PQgetisnull(result, i, column))
				row.null = true;
			else
				get_column(PQgetvalue(result, i, column), PQgetlength(result, i, column),
						   &row, column, what);
		}
		compare_row(&row, &rows[i], what);
	}
	PQclear(result);
	passed(what);
}

/* --- distances, computed here --- */

typedef double (*Distance) (const double *a, const double *b, int n);

static double
dot(const double *a, const double *b, int n)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static double
l2(const double *a, const double *b, int n)
{
	return sqrt(dot(a, a, n) - 2 * dot(a, b, n) + dot(b, b, n));
}

static double
negative_inner_product(const double *a, const double *b, int n)
{
	return -dot(a, b, n);
}

static double
cosine(const double *a, const double *b, int n)
{
	return 1 - dot(a, b, n) / sqrt(dot(a, a, n) * dot(b, b, n));
}

static double
l1(const double *a, const double *b, int n)
{
	double		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		sum += fabs(a[i] - b[i]);
	return sum;
}

/* On bits as numbers 0 and 1. */
static double
jaccard(const double *a, const double *b, int n)
{
	double		common = dot(a, b, n);

	return 1 - common / (dot(a, a, n) + dot(b, b, n) - common);
}

static const struct
{
	int			column;
	const char *operator;
	Distance	distance;
}			searches[] =

{
	{EMBEDDING, "<->", l2},
	{EMBEDDING, "<#>", negative_inner_product},
	{EMBEDDING, "<=>", cosine},
	{EMBEDDING, "<+>", l1},
	{HALF, "<->", l2},
	{HALF, "<#>", negative_inner_product},
	{HALF, "<=>", cosine},
	{HALF, "<+>", l1},
	{SPARSE, "<->", l2},
	{SPARSE, "<#>", negative_inner_product},
	{SPARSE, "<=>", cosine},
	{SPARSE, "<+>", l1},
	{FLAGS, "<~>", l1},
	{FLAGS, "<%>", jaccard}
};

/* Spreads a column of a row over "x", with room for 16; returns its size. */
static int
spread(const Row *row, int column, double *x)
{
	int			i;

	switch (column)
	{
		case SPARSE:
			for (i = 0; i < SPARSE_DIMENSIONS; i++)
				x[i] = 0;
			for (i = 0; i < row->elements; i++)
				x[row->indices[i]] = row->values[i];
			return SPARSE_DIMENSIONS;
		case FLAGS:
			for (i = 0; i < BITS; i++)
				x[i] = (row->bits[i / 8] >> (7 - i % 8)) & 1;
			return BITS;
		default:
			for (i = 0; i < DIMENSIONS; i++)
				x[i] = row->dense[i];
			return DIMENSIONS;
	}
}

static double
distance_to_query(const Row *row, int column, Distance distance)
{
	double		a[BITS];
	double		b[BITS];
	int			n = spread(row, column, a);

	spread(&query, column, b);
	return distance(a, b, n);
}

/* One search; the rows must come in the order of their distances. */
static void
search(int column, const char *operator, Distance distance)
{
	char		what[64];
	char		command[256];
	WireBuffer	buffer = {0};
	const char *parameters[1];
	int			lengths[1];
	int			formats[1] = {BINARY};
	PGresult   *result;
	double		before = -INFINITY;
	int			i;

	snprintf(what, sizeof(what), "searches %s by %s", column_type[column], operator);
	snprintf(command, sizeof(command),
			 "SELECT id, %s %s $1 FROM binary_items WHERE %s IS NOT NULL ORDER BY 2",
			 column_name[column], operator, column_name[column]);
	put_column(&buffer, &query, column);
	parameters[0] = buffer.data;
	lengths[0] = (int) buffer.length;
	result = PQexecParams(connection, command, 1, &type_oid[column], parameters,
						  lengths, formats, BINARY);
	wire_free(&buffer);
	expect(result, PGRES_TUPLES_OK, what);
	if (PQntuples(result) != ROWS - 1)
		fail(what, "%d rows, expected %d", PQntuples(result), ROWS - 1);
	for (i = 0; i < PQntuples(result); i++)
	{
		WireReader	reader;
		int64_t		id;
		double		got;
		double		wanted;

		wire_read(&reader, PQgetvalue(result, i, 0), PQgetlength(result, i, 0));
		id = wire_get_int64(&reader);
		if (!wire_at_end(&reader) || id < 1 || id >= ROWS)
			fail(what, "no such row: %lld", (long long) id);
		wire_read(&reader, PQgetvalue(result, i, 1), PQgetlength(result, i, 1));
		got = wire_get_float8(&reader);
		wanted = distance_to_query(&rows[id - 1], column, distance);
		if (!wire_at_end(&reader) || !(fabs(got - wanted) < 1e-6))
			fail(what, "row %lld has distance %.9g, expected %.9g", (long long) id, got, wanted);
		if (got < before)
			fail(what, "row %lld comes too late", (long long) id);
		before = got;
	}
	PQclear(result);
	passed(what);
}

/* --- COPY --- */

/* What a binary COPY begins with, before its flags and header extension. */
static const char copy_signature[11] = "PGCOPY\n\377\r\n";

/* Copies the rows out and compares them; returns the bytes in "copy". */
static void
copy_out(WireBuffer *copy)
{
	const char *what = "copies out by binary COPY";
	WireReader	reader;
	const void *signature;
	char	   *chunk;
	int			length;
	int			i;

	PQclear(expect(PQexec(connection, "COPY (SELECT * FROM binary_items ORDER BY id)"
						  " TO STDOUT (FORMAT binary)"), PGRES_COPY_OUT, what));
	while ((length = PQgetCopyData(connection, &chunk, 0)) > 0)
	{
		wire_put_bytes(copy, chunk, length);
		PQfreemem(chunk);
	}
	if (length == -2)
		fail(what, "%s", PQerrorMessage(connection));
	PQclear(expect(PQgetResult(connection), PGRES_COMMAND_OK, what));
	if (PQgetResult(connection) != NULL)
		fail(what, "more results than one");

	wire_read(&reader, copy->data, copy->length);
	signature = wire_get_bytes(&reader, sizeof(copy_signature));
	if (signature == NULL || memcmp(signature, copy_signature, sizeof(copy_signature)) != 0)
		fail(what, "no signature");
	wire_get_int32(&reader);	/* flags */
	wire_get_bytes(&reader, wire_get_int32(&reader));	/* header extension */
	for (i = 0; i < ROWS; i++)
	{
		Row			row = {0};
		int			column;

		if (wire_get_int16(&reader) != COLUMNS)
			fail(what, "row %d has not %d columns", i + 1, COLUMNS);
		for (column = 0; column < COLUMNS; column++)
		{
			const void *value;

			length = wire_get_int32(&reader);
			value = length < 0 ? NULL : wire_get_bytes(&reader, length);
			if (value == NULL)
				row.null = true;
			else
				get_column(value, length, &row, column, what);
		}
		compare_row(&row, &rows[i], what);
	}
	if (wire_get_int16(&reader) != -1 || !wire_at_end(&reader))
		fail(what, "no end after %d rows", ROWS);
	passed(what);
}

/* Sends a whole binary COPY and returns its result. */
static PGresult *
send_copy(const WireBuffer *copy, const char *what)
{
	PGresult   *result;
	PGresult   *more;

	PQclear(expect(PQexec(connection, "COPY binary_copy FROM STDIN (FORMAT binary)"),
				   PGRES_COPY_IN, what));
	if (PQputCopyData(connection, copy->data, (int) copy->length) != 1 ||
		PQputCopyEnd(connection, NULL) != 1)
		fail(what, "%s", PQerrorMessage(connection));
	result = PQgetResult(connection);
	while ((more = PQgetResult(connection)) != NULL)
		PQclear(more);
	return result;
}

static void
put_copy_head(WireBuffer *copy)
{
	wire_put_bytes(copy, copy_signature, sizeof(copy_signature));
	wire_put_int32(copy, 0);	/* flags: none */
	wire_put_int32(copy, 0);	/* header extension: none */
}

/* Writes the rows as a binary COPY of our own making, and sends it. */
static void
copy_in(const WireBuffer *copied_out)
{
	const char *what = "copies in by binary COPY";
	WireBuffer	copy = {0};
	int			i;

	put_copy_head(&copy);
	for (i = 0; i < ROWS; i++)
	{
		int			column;

		wire_put_int16(&copy, COLUMNS);
		for (column = 0; column < COLUMNS; column++)
		{
			WireBuffer	value = {0};

			put_column(&value, &rows[i], column);
			if (rows[i].null && column != ID)
				wire_put_int32(&copy, -1);
			else
			{
				wire_put_int32(&copy, (int32_t) value.length);
				wire_put_bytes(&copy, value.data, value.length);
			}
			wire_free(&value);
		}
	}
	wire_put_int16(&copy, -1);	/* the end */
	if (copy.length != copied_out->length ||
		memcmp(copy.data, copied_out->data, copy.length) != 0)
		fail(what, "our bytes differ from the server's");

	run("CREATE TABLE binary_copy (LIKE binary_items)");
	PQclear(expect(send_copy(&copy, what), PGRES_COMMAND_OK, what));
	wire_free(&copy);
	read_rows("binary_copy", what);
}

/* --- half precision --- */

/*
 * Numbers that half precision does not hold: wire.c must round them as the
 * server's cast does.
 */
static void
round_to_half(void)
{
	const char *what = "rounds to half precision as the server does";
	static const float numbers[] =
	{
		0.1f, -1.0f / 3, 1.00048828125f, 1.00146484375f, 2049, 65519,
		6.1e-5f, 6.097555160522461e-5f, 5.9604645e-8f, 2.98023224e-8f,
		2.98023259e-8f, 8.94069672e-8f, 1e-10f, -0.0f, 1e-40f
	};
	const int	count = sizeof(numbers) / sizeof(numbers[0]);
	WireBuffer	vector = {0};
	WireBuffer	half = {0};
	const char *parameters[1];
	int			lengths[1];
	int			formats[1] = {BINARY};
	PGresult   *result;

	wire_put_vector(&vector, numbers, count);
	wire_put_halfvec(&half, numbers, count);
	parameters[0] = vector.data;
	lengths[0] = (int) vector.length;
	result = PQexecParams(connection, "SELECT $1::halfvec", 1, &type_oid[EMBEDDING],
						  parameters, lengths, formats, BINARY);
	expect(result, PGRES_TUPLES_OK, what);
	if ((size_t) PQgetlength(result, 0, 0) != half.length ||
		memcmp(PQgetvalue(result, 0, 0), half.data, half.length) != 0)
		fail(what, "the bytes differ");
	PQclear(result);
	wire_free(&vector);
	wire_free(&half);
	passed(what);
}

/* --- malformed bytes --- */

static void
expect_refusal(PGresult * result, const char *sqlstate, const char *what)
{
	const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (PQresultStatus(result) != PGRES_FATAL_ERROR || got == NULL)
		fail(what, "was not refused");
	if (strcmp(got, sqlstate) != 0)
		fail(what, "SQLSTATE %s, expected %s: %s", got, sqlstate,
			 PQresultErrorMessage(result));
	PQclear(result);
	if (PQstatus(connection) != CONNECTION_OK)
		fail(what, "the connection was lost");
	passed(what);
}

/* Sends bytes as a parameter for a column's type; they must be refused. */
static void
refuse(int column, const void *bytes, int length, const char *sqlstate, const char *what)
{
	const char *parameters[1] = {bytes};
	int			lengths[1] = {length};
	int			formats[1] = {BINARY};
	char		command[64];

	snprintf(command, sizeof(command), "SELECT $1::%s", column_type[column]);
	expect_refusal(PQexecParams(connection, command, 1, &type_oid[column],
								parameters, lengths, formats, BINARY), sqlstate, what);
}

#define REFUSE(column, bytes, sqlstate, what) \
	refuse(column, bytes, sizeof(bytes) - 1, sqlstate, what)

static void
refuse_malformed(void)
{
	REFUSE(EMBEDDING, "\0\0\0\0", "22000", "a vector without dimensions is refused");
	REFUSE(EMBEDDING, "\0\1\0\1\0\0\0\0", "22000", "a vector whose zero is not 0 is refused");
	REFUSE(EMBEDDING, "\0\2\0\0\0\0\0\0", "08P01", "a vector that is cut off is refused");
	REFUSE(EMBEDDING, "\0\1\0\0\0\0\0\0\0", "22P03", "a vector with a byte too many is refused");
	REFUSE(EMBEDDING, "\0\1\0\0\177\300\0\0", "22000", "a vector with a NaN is refused");
	REFUSE(EMBEDDING, "\0\1\0\0\177\200\0\0", "22000", "a vector with an infinity is refused");
	REFUSE(HALF, "\0\0\0\0", "22000", "a halfvec without dimensions is refused");
	REFUSE(HALF, "\0\1\0\0\174\0", "22000", "a halfvec with an infinity is refused");
	REFUSE(HALF, "\0\2\0\0\0\0", "08P01", "a halfvec that is cut off is refused");
	REFUSE(SPARSE, "\0\0\0\5\0\0\0\1\0\0\0\0\0\0\0\5\77\200\0\0", "22000",
		   "a sparsevec with an index beyond its end is refused");
	REFUSE(SPARSE, "\0\0\0\5\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\0", "22000",
		   "a sparsevec that stores a zero is refused");
	REFUSE(SPARSE, "\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\4\0\0\0\3\77\200\0\0\77\200\0\0",
		   "22000", "a sparsevec whose indices descend is refused");
	REFUSE(SPARSE, "\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\4", "08P01",
		   "a sparsevec that is cut off is refused");
	REFUSE(SPARSE, "\0\0\0\5\177\377\377\377\0\0\0\0", "54000",
		   "a sparsevec with more elements than dimensions is refused");
}

/* A copy that goes wrong in its second row leaves no row. */
static void
refuse_copy(void)
{
	const char *what = "a COPY with a vector of other dimensions is refused";
	WireBuffer	copy = {0};
	PGresult   *result;
	int			dimensions;

	run("DROP TABLE binary_copy");
	run("CREATE TABLE binary_copy (embedding vector(4))");
	put_copy_head(&copy);
	for (dimensions = DIMENSIONS; dimensions >= DIMENSIONS - 1; dimensions--)
	{
		wire_put_int16(&copy, 1);
		wire_put_int32(&copy, 4 + 4 * dimensions);
		wire_put_vector(&copy, rows[0].dense, dimensions);
	}
	wire_put_int16(&copy, -1);
	expect_refusal(send_copy(&copy, what), "22000", what);
	wire_free(&copy);

	result = expect(PQexec(connection, "SELECT 1 FROM binary_copy"), PGRES_TUPLES_OK, what);
	if (PQntuples(result) != 0)
		fail(what, "%d rows were left", PQntuples(result));
	PQclear(result);
}

int
main(int argc, char **argv)
{
	const char *extension = argc > 1 ? argv[1] : "trellis";
	WireBuffer	copy = {0};
	char	   *name;
	char		command[256];
	size_t		i;

	connection = PQconnectdb("");
	if (PQstatus(connection) != CONNECTION_OK)
		fail("connects", "%s", PQerrorMessage(connection));
	run("SET client_min_messages = warning");
	name = PQescapeIdentifier(connection, extension, strlen(extension));
	snprintf(command, sizeof(command), "CREATE EXTENSION IF NOT EXISTS %.100s", name);
	PQfreemem(name);
	run(command);

	look_up_types();
	create_table();
	insert_rows();
	read_rows("binary_items", "reads binary results");
	for (i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
		search(searches[i].column, searches[i].operator, searches[i].distance);
	copy_out(&copy);
	copy_in(&copy);
	wire_free(&copy);
	round_to_half();
	refuse_malformed();
	refuse_copy();

	run("DROP TABLE binary_items, binary_copy");
	PQfinish(connection);
	return 0;
}
