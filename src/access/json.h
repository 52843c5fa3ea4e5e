/*
 * json.h - a reader of one JSON object that neither allocates nor raises
 *
 * The server's JSON functions raise errors and allocate, which a check hook
 * may not do; tokens need no more than the members of one object.  Strict
 * RFC 8259 in UTF-8.  Limits: nesting of TRL_JSON_MAX_DEPTH; no NUL, written
 * \u0000 or otherwise.
 */
#ifndef TRL_ACCESS_JSON_H
#define TRL_ACCESS_JSON_H

#define TRL_JSON_MAX_DEPTH 16

/* Longest string that is handed over whole, bytes. */
#define TRL_JSON_MAX_TEXT 512

typedef enum TrlJsonKind
{
	TRL_JSON_STRING,			/* text, len */
	TRL_JSON_INTEGER,			/* integer */
	TRL_JSON_FRACTION,			/* integer is the value cut towards 0 */
	TRL_JSON_OTHER				/* the rest, and numbers with an exponent or
								 * beyond int64 */
} TrlJsonKind;

typedef struct TrlJsonValue
{
	TrlJsonKind kind;
	bool		cut;			/* the string was longer than TRL_JSON_MAX_TEXT */
	size_t		len;			/* bytes of text, without its terminator */
	int64		integer;
	char		text[TRL_JSON_MAX_TEXT + 1];
} TrlJsonValue;

/* Sees one member; false ends the reading as a failure. */
typedef bool (*TrlJsonMember) (const TrlJsonValue *name,
							   const TrlJsonValue *value, void *arg);

/*
 * Reads text, which must hold exactly one object, and calls member for each
 * of its members in order.  False if it is not such an object, or member
 * said so; members before the fault have been seen then.
 */
extern bool trl_json_read_object(const char *text, size_t len,
								 TrlJsonMember member, void *arg);

/* True if text is well-formed UTF-8 (no surrogates, nothing overlong). */
extern bool trl_utf8_valid(const char *text, size_t len);

#endif							/* TRL_ACCESS_JSON_H */
