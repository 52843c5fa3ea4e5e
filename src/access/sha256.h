/*
 * sha256.h - SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104), constant-time test
 *
 * Nothing here allocates, raises or calls the server, so that a check hook
 * may use it at any time.  README.md says why the server's own functions
 * cannot be used there.
 */
#ifndef TRL_ACCESS_SHA256_H
#define TRL_ACCESS_SHA256_H

#define TRL_SHA256_BYTES 32
#define TRL_SHA256_BLOCK 64

typedef struct TrlSha256
{
	uint32		state[8];
	uint64		length;			/* bytes taken so far */
	uint8		block[TRL_SHA256_BLOCK];	/* the unfinished block */
} TrlSha256;

extern void trl_sha256_init(TrlSha256 *ctx);
extern void trl_sha256_update(TrlSha256 *ctx, const void *data, size_t len);
extern void trl_sha256_final(TrlSha256 *ctx, uint8 *digest);

/* HMAC of data under key; mac has room for TRL_SHA256_BYTES. */
extern void trl_hmac_sha256(const void *key, size_t key_len,
							const void *data, size_t len, uint8 *mac);

/* True if n bytes are equal; takes the same time wherever they differ. */
extern bool trl_equal_constant_time(const void *a, const void *b, size_t n);

#endif							/* TRL_ACCESS_SHA256_H */
