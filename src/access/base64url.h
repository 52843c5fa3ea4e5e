/*
 * base64url.h - the alphabet of tokens (RFC 4648 section 5, no padding)
 */
#ifndef TRL_ACCESS_BASE64URL_H
#define TRL_ACCESS_BASE64URL_H

/* Characters that n bytes are written in. */
#define TRL_BASE64URL_LENGTH(n) (((n) * 4 + 2) / 3)

/* Writes TRL_BASE64URL_LENGTH(len) characters, no terminator; returns how many. */
extern size_t trl_base64url_encode(const void *data, size_t len, char *out);

/*
 * Reads len characters into out, at most room bytes.  Returns the number of
 * bytes, or -1 for a foreign character (padding and white space included),
 * an impossible length, unused bits that are set, or too little room: every
 * byte string has one spelling only.
 */
extern int	trl_base64url_decode(const char *text, size_t len, uint8 *out,
								 size_t room);

#endif							/* TRL_ACCESS_BASE64URL_H */
