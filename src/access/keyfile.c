/*
 * keyfile.c - reading the key file, and adding a key to it
 *
 * The file is read anew for each login: it is small, and a key that was
 * taken out must stop verifying at once.  create_key() writes a new file
 * beside the old one and renames it, both flushed, so that a crash leaves
 * the old or the new file.
 *
 * Locks: create_key() holds one cluster-wide lock to the end of its
 * transaction.  Memory: file contents are wiped before they are freed.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "access/keyfile.h"
#include "core/compat.h"
#include "core/guc.h"

/* Some 700 keys: a file that grew beyond needs its old lines taken out. */
#define KEYFILE_MAX (64 * 1024)

/* A class of advisory locks that no SQL function uses (those are 1 and 2). */
#define KEYFILE_LOCK_CLASS 1953

#define HEX_LENGTH (2 * TRL_KEY_BYTES)

TRL_FUNCTION(trl_create_key);

static bool
bad_file(TrlKeyFileState *state, const char *fault, const char *hint, int error)
{
	state->fault = fault;
	state->hint = hint;
	state->saved_errno = error;
	return false;
}

/* The file must be a plain one of ours that nobody else can read. */
static bool
check_permissions(int fd, off_t *size, TrlKeyFileState *state)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return bad_file(state, "it cannot be examined", NULL, errno);
	if (!S_ISREG(st.st_mode))
		return bad_file(state, "it is not a regular file", NULL, 0);
	if (st.st_uid != geteuid())
		return bad_file(state, "it belongs to another user",
						"The account that runs the server must own it.", 0);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return bad_file(state, "its permissions let group or others in",
						"Permissions should be u=rw (0600).", 0);
	if (st.st_size > KEYFILE_MAX)
		return bad_file(state, "it is larger than 64 kB",
						"Take out the lines of keys that are no longer used.", 0);
	*size = st.st_size;
	return true;
}

/* Reads size bytes and a terminator into text. */
static bool
read_whole(int fd, char *text, off_t size, TrlKeyFileState *state)
{
	off_t		done = 0;

	while (done < size)
	{
		ssize_t		n = read(fd, text + done, (size_t) (size - done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bad_file(state, "it cannot be read", NULL, n < 0 ? errno : 0);
		done += n;
	}
	text[size] = '\0';
	return true;
}

/*
 * The file's contents as malloc'd text, *size bytes and a terminator; the
 * caller wipes and frees it.  NULL if there is a fault.
 */
static char *
load_text(off_t *size, TrlKeyFileState *state)
{
	char	   *text = NULL;
	int			fd;

	memset(state, 0, sizeof(*state));
	fd = open(trl_guc_key_file, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
	{
		bad_file(state, "it cannot be opened",
				 errno == ENOENT ? "A superuser makes it with SELECT trellis.create_key()." : NULL,
				 errno);
		return NULL;
	}
	if (check_permissions(fd, size, state))
	{
		text = malloc((size_t) *size + 1);
		if (text == NULL)
			bad_file(state, "there is no memory to read it", NULL, ENOMEM);
		else if (!read_whole(fd, text, *size, state))
		{
			explicit_bzero(text, (size_t) *size);
			free(text);
			text = NULL;
		}
	}
	close(fd);
	return text;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads "kid hex" of len characters. */
static bool
parse_line(const char *line, size_t len, TrlKey *key)
{
	const char *space = memchr(line, ' ', len);
	size_t		kid_len;
	int			i;

	if (space == NULL)
		return false;
	kid_len = (size_t) (space - line);
	if (!trl_kid_valid(line, kid_len) || len - kid_len - 1 != HEX_LENGTH)
		return false;
	memcpy(key->kid, line, kid_len);
	key->kid[kid_len] = '\0';
	for (i = 0; i < TRL_KEY_BYTES; i++)
	{
		int			high = hex_digit(space[1 + 2 * i]);
		int			low = hex_digit(space[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		key->bytes[i] = (uint8) (high << 4 | low);
	}
	return true;
}

/* Goes through all lines, so that a file with a bad one is never used. */
static bool
find_line(const char *text, const char *kid, TrlKey *key, TrlKeyFileState *state)
{
	bool		found = false;
	TrlKey		candidate;

	while (*text != '\0')
	{
		size_t		len = strcspn(text, "\n");
		size_t		used = len;

		while (used > 0 && (text[used - 1] == '\r' || text[used - 1] == ' '))
			used--;
		if (used > 0 && text[0] != '#')
		{
			if (!parse_line(text, used, &candidate))
			{
				found = bad_file(state, "a line of it is not \"kid hexadecimal-key\"",
								 NULL, 0);
				break;
			}
			if (kid == NULL || strcmp(kid, candidate.kid) == 0)
			{
				*key = candidate;
				found = true;
			}
		}
		text += len + (text[len] == '\n');
	}
	explicit_bzero(&candidate, sizeof(candidate));
	return found;
}

bool
trl_keyfile_find(const char *kid, TrlKey *key, TrlKeyFileState *state)
{
	off_t		size;
	char	   *text = load_text(&size, state);
	bool		found;

	if (text == NULL)
		return false;
	found = find_line(text, kid, key, state);
	explicit_bzero(text, (size_t) size);
	free(text);
	return found;
}

void
trl_keyfile_raise(const TrlKeyFileState *state)
{
	errno = state->saved_errno;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("key file \"%s\" cannot be used: %s",
					trl_guc_key_file, state->fault),
			 state->saved_errno ? errdetail("%m.") : 0,
			 state->hint ? errhint("%s", state->hint) : 0));
}

/* One writer at a time in the whole cluster. */
static void
lock_keyfile(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, InvalidOid, 0, 0, KEYFILE_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* Makes a kid that sorts by time: day and four random bytes. */
static void
make_kid(char *kid)
{
	pg_time_t	now = timestamptz_to_time_t(GetCurrentTimestamp());
	struct pg_tm *tm = pg_gmtime(&now);
	uint8		random[4];

	if (!pg_strong_random(random, sizeof(random)))
		elog(ERROR, "no random bytes for a key's name");
	snprintf(kid, TRL_KID_MAX, "%04d%02d%02d-%02x%02x%02x%02x",
			 tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
			 random[0], random[1], random[2], random[3]);
}

/* Appends "kid hex\n" at line; returns its length. The bytes are never kept. */
static size_t
make_line(const char *kid, char *line)
{
	uint8		bytes[TRL_KEY_BYTES];
	size_t		n;
	int			i;

	if (!pg_strong_random(bytes, sizeof(bytes)))
		elog(ERROR, "no random bytes for a key");
	n = (size_t) sprintf(line, "%s ", kid);
	for (i = 0; i < TRL_KEY_BYTES; i++)
		n += (size_t) sprintf(line + n, "%02x", bytes[i]);
	line[n++] = '\n';
	explicit_bzero(bytes, sizeof(bytes));
	return n;
}

/* Writes and flushes a new file, 0600 from its first moment. */
static void
write_file(const char *path, const char *text, size_t len)
{
	int			fd;
	size_t		done = 0;

	(void) unlink(path);
	fd = OpenTransientFilePerm(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY, 0600);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path)));
	while (done < len)
	{
		ssize_t		n = write(fd, text + done, len - done);

		if (n < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write file \"%s\": %m", path)));
		done += (size_t) n;
	}
	if (pg_fsync(fd) != 0 || CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not flush file \"%s\": %m", path)));
}

/* The present keys, or an empty text if there is no file yet. */
static char *
load_for_append(off_t *size)
{
	TrlKeyFileState state;
	TrlKey		unused;
	char	   *text = load_text(size, &state);

	if (text == NULL && state.saved_errno == ENOENT)
	{
		*size = 0;
		return strdup("");
	}
	if (text != NULL)
	{
		find_line(text, NULL, &unused, &state);
		explicit_bzero(&unused, sizeof(unused));
	}
	if (state.fault == NULL && *size + TRL_KID_MAX + HEX_LENGTH + 3 > KEYFILE_MAX)
		bad_file(&state, "it is full",
				 "Take out the lines of keys that are no longer used.", 0);
	if (state.fault != NULL)
	{
		free(text);
		trl_keyfile_raise(&state);
	}
	return text;
}

/* Writes the old text and one line more in place of the file. */
static void
append_key(const char *kid)
{
	off_t		size;
	char	   *old = load_for_append(&size);
	size_t		room = (size_t) size + TRL_KID_MAX + HEX_LENGTH + 4;
	char	   *text = palloc(room);
	char	   *next = psprintf("%s.new", trl_guc_key_file);
	size_t		len = (size_t) size;

	memcpy(text, old, len);
	explicit_bzero(old, len);
	free(old);
	if (len > 0 && text[len - 1] != '\n')
		text[len++] = '\n';
	len += make_line(kid, text + len);

	PG_TRY();
	{
		write_file(next, text, len);
		(void) durable_rename(next, trl_guc_key_file, ERROR);
	}
	PG_FINALLY();
	{
		explicit_bzero(text, room);
	}
	PG_END_TRY();
}

/* create_key() returns text: adds a key that signs from now on */
Datum
trl_create_key(PG_FUNCTION_ARGS)
{
	char		kid[TRL_KID_MAX + 1];

	(void) fcinfo;
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to create a key")));
	PreventCommandDuringRecovery("trellis.create_key()");

	lock_keyfile();
	make_kid(kid);
	append_key(kid);
	PG_RETURN_TEXT_P(cstring_to_text(kid));
}
