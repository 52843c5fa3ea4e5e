/*
 * ivf_client.c - sends searches as prepared statements, times them, counts recall
 *
 * Parameters and results are binary, and every connection has one statement
 * under way at a time.  Prints one line:
 *
 *	  recall  queries_per_second  median_us  p95_us  p99_us  server_cpu_us
 *	  rows  short
 *
 * The three latencies are of single statements, server_cpu_us is the CPU time
 * of the server's processes per statement (0 where the system does not tell),
 * rows how many came in the mean, of at most k, and short the queries that
 * got fewer than they should: k, or as many as there are in the truth.  Recall is "-" without ground truth.
 *
 * Usage: ivf_client [option ...]
 *	  -h folder    of the server's socket
 *	  -d name      of the database, default postgres
 *	  -q file      .fvecs with the queries
 *	  -g file      .ivecs with the true neighbours of each query
 *	  -w file      writes what was returned, as .ivecs: ground truth, if the
 *				   statement was exact
 *	  -n count     of queries, spread evenly over the file
 *	  -k count     of neighbours that recall looks at, default 10
 *	  -c count     of connections, default 1
 *	  -t seconds   to go on for; default: once through the queries
 *	  -u count     of statements that are sent before, default 20
 *	  -s sql       sent to each connection before; may be repeated
 *	  -S sql       the statement; $1 is the query, the first column an int4
 *
 * Build: cc -std=gnu11 -O2 -I$(pg_config --includedir) -o ivf_client \
 *		  ivf_client.c -lpq -lpthread
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#define MAX_SETTINGS 32
#define MAX_K 1000

typedef struct Options
{
	const char *host;
	const char *database;
	const char *queries;
	const char *truth;
	const char *written;
	const char *statement;
	const char *settings[MAX_SETTINGS];
	int			num_settings;
	long		count;
	int			k;
	int			connections;
	double		seconds;
	int			warmup;
} Options;

/* Rows of a .fvecs or .ivecs file, without their lengths. */
typedef struct Rows
{
	long		n;
	int			width;
	uint32_t   *words;
} Rows;

typedef struct Worker
{
	pthread_t	thread;
	int			number;
	PGconn	   *connection;
	double	   *latencies;		/* seconds */
	long		done;
	long		room;
	double		server_cpu;		/* seconds */
} Worker;

static Options options = {
	.database = "postgres",.k = 10,.connections = 1,.warmup = 20,
	.statement = "SELECT id FROM item ORDER BY embedding <=> $1 LIMIT 10"
};
static Rows queries;
static Rows truth;
static char *messages;			/* of each query, as it is sent */
static int	message_size;
static int32_t *returned;		/* k per query, -1: none */
static pthread_barrier_t barrier;
static Oid	vector_oid;

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "ivf_client: %s: %s\n", what, why);
	exit(1);
}

static void *
allocate(size_t size)
{
	void	   *p = calloc(1, size > 0 ? size : 1);

	if (p == NULL)
		fail("memory", "not enough");
	return p;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* ---- files ---- */

static Rows
read_rows(const char *name)
{
	Rows		rows = {0};
	FILE	   *file = fopen(name, "rb");
	uint32_t	width;
	long		size;

	if (file == NULL || fread(&width, 4, 1, file) != 1)
		fail(name, "cannot be read");
	if (width == 0 || width > 65536)
		fail(name, "not a file of vectors");
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	rows.width = (int) width;
	rows.n = size / (4 * ((long) width + 1));
	rows.words = allocate((size_t) rows.n * width * 4);
	for (long i = 0; i < rows.n; i++)
	{
		uint32_t	head;

		if (fread(&head, 4, 1, file) != 1 || head != width ||
			fread(rows.words + i * width, 4, width, file) != width)
			fail(name, "rows differ, or the file ends inside one");
	}
	fclose(file);
	return rows;
}

/* Row of the file for the i-th query that is used. */
static long
query_row(long i)
{
	return i * (queries.n / options.count);
}

/* int16 dimensions, int16 0, float4 each, all big-endian. */
static void
make_messages(void)
{
	message_size = 4 + 4 * queries.width;
	messages = allocate((size_t) options.count * message_size);
	for (long i = 0; i < options.count; i++)
	{
		char	   *message = messages + i * message_size;
		const uint32_t *words = queries.words + query_row(i) * queries.width;
		uint16_t	dims = htons((uint16_t) queries.width);

		memcpy(message, &dims, 2);
		for (int j = 0; j < queries.width; j++)
		{
			uint32_t	word = htonl(words[j]);

			memcpy(message + 4 + 4 * j, &word, 4);
		}
	}
}

static void
write_returned(void)
{
	FILE	   *file = fopen(options.written, "wb");
	int32_t		width = options.k;

	if (file == NULL)
		fail(options.written, "cannot be written");
	/* rows that were not asked for get a row, too: numbers stay the same */
	for (long i = 0, next = 0; i < queries.n; i++)
	{
		static const int32_t none[MAX_K];
		const int32_t *row = none;

		if (next < options.count && query_row(next) == i)
			row = returned + next++ * options.k;
		if (fwrite(&width, 4, 1, file) != 1 ||
			fwrite(row, 4, (size_t) width, file) != (size_t) width)
			fail(options.written, "cannot be written");
	}
	if (fclose(file) != 0)
		fail(options.written, "cannot be written");
}

static int
count_rows(const int32_t *ids)
{
	int			rows = 0;

	for (int a = 0; a < options.k; a++)
		rows += ids[a] >= 0;
	return rows;
}

static const int32_t *
true_ids(long i)
{
	return (const int32_t *) truth.words + query_row(i) * truth.width;
}

/* Rows that the i-th query should get. */
static int
wanted_rows(long i)
{
	return options.truth != NULL ? count_rows(true_ids(i)) : options.k;
}

static double
recall(void)
{
	long		found = 0;
	long		wanted = 0;

	for (long i = 0; i < options.count; i++)
	{
		const int32_t *row = true_ids(i);
		const int32_t *mine = returned + i * options.k;

		wanted += wanted_rows(i);
		for (int a = 0; a < options.k; a++)
			for (int b = 0; b < options.k; b++)
				found += mine[b] == row[a] && mine[b] >= 0;
	}
	return wanted > 0 ? (double) found / (double) wanted : 1;
}

/* ---- statements ---- */

static PGresult *
check(PGconn * connection, PGresult * result, const char *sql)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail(sql, PQerrorMessage(connection));
	return result;
}

static bool
takes_query(void)
{
	return strstr(options.statement, "$1") != NULL;
}

static void
open_connection(Worker *worker)
{
	const char *keywords[] = {"host", "port", "user", "dbname", NULL};
	const char *values[] = {options.host, "5432", "postgres", options.database,
	NULL};
	PGconn	   *c = PQconnectdbParams(keywords, values, 0);

	worker->connection = c;
	if (PQstatus(c) != CONNECTION_OK)
		fail("connection", PQerrorMessage(c));
	for (int i = 0; i < options.num_settings; i++)
		PQclear(check(c, PQexec(c, options.settings[i]), options.settings[i]));
	if (worker->number == 0 && takes_query())
	{
		PGresult   *r = check(c, PQexec(c, "SELECT 'vector'::regtype::oid"),
							  "type vector");

		vector_oid = (Oid) strtoul(PQgetvalue(r, 0, 0), NULL, 10);
		PQclear(r);
	}
}

static void
run_statement(Worker *worker, long i, bool keep)
{
	const char *values[] = {NULL};
	const int	lengths[] = {message_size};
	const int	formats[] = {1};
	int			parameters = takes_query() ? 1 : 0;
	PGresult   *result;

	if (parameters > 0)
		values[0] = messages + i * message_size;
	result = check(worker->connection,
				   PQexecPrepared(worker->connection, "search", parameters,
								  values, lengths, formats, 1),
				   options.statement);
	for (int row = 0; keep && row < options.k; row++)
	{
		int32_t		id = -1;

		if (row < PQntuples(result))
		{
			memcpy(&id, PQgetvalue(result, row, 0), 4);
			id = (int32_t) ntohl((uint32_t) id);
		}
		returned[i * options.k + row] = id;
	}
	PQclear(result);
}

/* CPU time of a process so far; 0 if unknown. */
static double
process_cpu(int pid)
{
	char		name[64];
	unsigned long long ns = 0;
	FILE	   *file;

	snprintf(name, sizeof(name), "/proc/%d/schedstat", pid);
	file = fopen(name, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	fclose(file);
	return 1e-9 * (double) ns;
}

static void
note_latency(Worker *worker, double latency)
{
	if (worker->done == worker->room)
	{
		worker->room = worker->room * 2 + 1024;
		worker->latencies = realloc(worker->latencies,
									sizeof(double) * (size_t) worker->room);
		if (worker->latencies == NULL)
			fail("memory", "not enough");
	}
	worker->latencies[worker->done++] = latency;
}

static void *
work(void *argument)
{
	Worker	   *worker = argument;
	PGconn	   *c = worker->connection;
	const Oid	types[] = {vector_oid};
	long		at = worker->number * (options.count / options.connections);
	int			pid = PQbackendPID(c);
	double		end;

	PQclear(check(c, PQprepare(c, "search", options.statement,
							   takes_query() ? 1 : 0, types),
				  options.statement));
	for (int i = 0; i < options.warmup; i++)
		run_statement(worker, (at + i) % options.count, false);
	pthread_barrier_wait(&barrier);
	worker->server_cpu = -process_cpu(pid);
	end = now() + options.seconds;
	for (;;)
	{
		double		start = now();

		if (options.seconds > 0 ? start >= end : worker->done == options.count)
			break;
		run_statement(worker, at, worker->number == 0);
		note_latency(worker, now() - start);
		at = (at + 1) % options.count;
	}
	worker->server_cpu += process_cpu(pid);
	return NULL;
}

static int
compare_doubles(const void *left, const void *right)
{
	double		a = *(const double *) left;
	double		b = *(const double *) right;

	return (a > b) - (a < b);
}

static void
print_figures(Worker *workers, double seconds)
{
	long		total = 0;
	long		rows = 0;
	long		fewer = 0;
	double		cpu = 0;
	double	   *all;

	for (int i = 0; i < options.connections; i++)
		total += workers[i].done;
	all = allocate(sizeof(double) * (size_t) total);
	for (long i = 0, at = 0; i < options.connections; i++)
	{
		memcpy(all + at, workers[i].latencies,
			   sizeof(double) * (size_t) workers[i].done);
		at += workers[i].done;
		cpu += workers[i].server_cpu;
	}
	qsort(all, (size_t) total, sizeof(double), compare_doubles);
	if (options.truth != NULL)
		printf("%.5f", recall());
	else
		printf("-");
	for (long i = 0; i < options.count; i++)
	{
		int			got = count_rows(returned + i * options.k);

		rows += got;
		fewer += got < wanted_rows(i);
	}
	printf(" %.1f %.1f %.1f %.1f %.1f %.3f %ld\n", (double) total / seconds,
		   1e6 * all[total / 2], 1e6 * all[total * 95 / 100],
		   1e6 * all[total * 99 / 100], 1e6 * cpu / (double) total,
		   (double) rows / (double) options.count, fewer);
	free(all);
}

static void
read_options(int argc, char **argv)
{
	int			c;

	while ((c = getopt(argc, argv, "h:d:q:g:w:n:k:c:t:u:s:S:")) != -1)
	{
		switch (c)
		{
			case 'h':
				options.host = optarg;
				break;
			case 'd':
				options.database = optarg;
				break;
			case 'q':
				options.queries = optarg;
				break;
			case 'g':
				options.truth = optarg;
				break;
			case 'w':
				options.written = optarg;
				break;
			case 'n':
				options.count = atol(optarg);
				break;
			case 'k':
				options.k = atoi(optarg);
				break;
			case 'c':
				options.connections = atoi(optarg);
				break;
			case 't':
				options.seconds = atof(optarg);
				break;
			case 'u':
				options.warmup = atoi(optarg);
				break;
			case 's':
				if (options.num_settings == MAX_SETTINGS)
					fail("-s", "too many");
				options.settings[options.num_settings++] = optarg;
				break;
			case 'S':
				options.statement = optarg;
				break;
			default:
				exit(2);
		}
	}
	if (options.host == NULL || options.queries == NULL)
		fail("usage", "-h and -q are needed");
	if (options.k < 1 || options.k > MAX_K || options.connections < 1)
		fail("usage", "-k or -c out of range");
}

int
main(int argc, char **argv)
{
	Worker	   *workers;
	double		start;

	read_options(argc, argv);
	queries = read_rows(options.queries);
	if (options.count < 1 || options.count > queries.n)
		options.count = queries.n;
	if (options.truth != NULL)
	{
		truth = read_rows(options.truth);
		if (truth.n < queries.n || truth.width < options.k)
			fail(options.truth, "too few rows or neighbours");
	}
	make_messages();
	returned = allocate(sizeof(int32_t) * (size_t) options.count * options.k);
	workers = allocate(sizeof(Worker) * (size_t) options.connections);
	pthread_barrier_init(&barrier, NULL, (unsigned) options.connections + 1);

	for (int i = 0; i < options.connections; i++)
	{
		workers[i].number = i;
		open_connection(&workers[i]);
	}
	for (int i = 0; i < options.connections; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			fail("thread", "cannot be made");
	pthread_barrier_wait(&barrier);
	start = now();
	for (int i = 0; i < options.connections; i++)
		pthread_join(workers[i].thread, NULL);
	print_figures(workers, now() - start);

	if (options.written != NULL)
		write_returned();
	for (int i = 0; i < options.connections; i++)
		PQfinish(workers[i].connection);
	return 0;
}
