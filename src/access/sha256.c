/*
 * sha256.c - SHA-256, HMAC-SHA256 and a comparison in constant time
 *
 * Written from FIPS 180-4 and RFC 2104; test/unit/access_test.c holds the
 * vectors of both standards and of RFC 4231.
 *
 * Memory: the caller's; what is derived from a key is wiped before return.
 */
#include "postgres.h"

#include "access/sha256.h"

static const uint32 round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static const uint32 initial_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};

static inline uint32
rotate_right(uint32 x, int n)
{
	return (x >> n) | (x << (32 - n));
}

static void
put_be32(uint8 *out, uint32 x)
{
	out[0] = (uint8) (x >> 24);
	out[1] = (uint8) (x >> 16);
	out[2] = (uint8) (x >> 8);
	out[3] = (uint8) x;
}

/* The 64 words that one block is expanded to. */
static void
expand_block(const uint8 *block, uint32 *w)
{
	int			i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32) block[4 * i] << 24 | (uint32) block[4 * i + 1] << 16 |
			(uint32) block[4 * i + 2] << 8 | (uint32) block[4 * i + 3];
	for (; i < 64; i++)
	{
		uint32		a = w[i - 15];
		uint32		b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
			(rotate_right(a, 7) ^ rotate_right(a, 18) ^ (a >> 3)) +
			(rotate_right(b, 17) ^ rotate_right(b, 19) ^ (b >> 10));
	}
}

static void
compress_block(uint32 *state, const uint8 *block)
{
	uint32		w[64];
	uint32		v[8];
	int			i;

	expand_block(block, w);
	memcpy(v, state, sizeof(v));
	for (i = 0; i < 64; i++)
	{
		uint32		a = v[0];
		uint32		e = v[4];
		uint32		t1;
		uint32		t2;

		t1 = v[7] + round_constants[i] + w[i] +
			(rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +
			((e & v[5]) ^ (~e & v[6]));
		t2 = (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) +
			((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += v[i];
}

void
trl_sha256_init(TrlSha256 *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	memcpy(ctx->state, initial_state, sizeof(initial_state));
}

void
trl_sha256_update(TrlSha256 *ctx, const void *data, size_t len)
{
	const uint8 *in = data;
	size_t		used = ctx->length % TRL_SHA256_BLOCK;

	ctx->length += len;
	while (len > 0)
	{
		size_t		room = TRL_SHA256_BLOCK - used;
		size_t		n = len < room ? len : room;

		memcpy(ctx->block + used, in, n);
		in += n;
		len -= n;
		used += n;
		if (used == TRL_SHA256_BLOCK)
		{
			compress_block(ctx->state, ctx->block);
			used = 0;
		}
	}
}

void
trl_sha256_final(TrlSha256 *ctx, uint8 *digest)
{
	static const uint8 padding[TRL_SHA256_BLOCK] = {0x80};
	uint64		bits = ctx->length * 8;
	size_t		used = ctx->length % TRL_SHA256_BLOCK;
	uint8		tail[8];
	int			i;

	put_be32(tail, (uint32) (bits >> 32));
	put_be32(tail + 4, (uint32) bits);
	trl_sha256_update(ctx, padding,
					  used < 56 ? 56 - used : TRL_SHA256_BLOCK + 56 - used);
	trl_sha256_update(ctx, tail, sizeof(tail));
	for (i = 0; i < 8; i++)
		put_be32(digest + 4 * i, ctx->state[i]);
	explicit_bzero(ctx, sizeof(*ctx));
}

/* Hashes the key, masked by one byte, and then data. */
static void
keyed_hash(const uint8 *key_block, uint8 mask, const void *data, size_t len,
		   uint8 *digest)
{
	TrlSha256	ctx;
	uint8		block[TRL_SHA256_BLOCK];
	int			i;

	for (i = 0; i < TRL_SHA256_BLOCK; i++)
		block[i] = key_block[i] ^ mask;
	trl_sha256_init(&ctx);
	trl_sha256_update(&ctx, block, sizeof(block));
	trl_sha256_update(&ctx, data, len);
	trl_sha256_final(&ctx, digest);
	explicit_bzero(block, sizeof(block));
}

void
trl_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
				uint8 *mac)
{
	uint8		key_block[TRL_SHA256_BLOCK] = {0};
	uint8		inner[TRL_SHA256_BYTES];

	if (key_len > sizeof(key_block))
	{
		TrlSha256	ctx;

		trl_sha256_init(&ctx);
		trl_sha256_update(&ctx, key, key_len);
		trl_sha256_final(&ctx, key_block);
	}
	else
		memcpy(key_block, key, key_len);

	keyed_hash(key_block, 0x36, data, len, inner);
	keyed_hash(key_block, 0x5c, inner, sizeof(inner), mac);
	explicit_bzero(key_block, sizeof(key_block));
	explicit_bzero(inner, sizeof(inner));
}

bool
trl_equal_constant_time(const void *a, const void *b, size_t n)
{
	const volatile uint8 *x = a;
	const volatile uint8 *y = b;
	uint8		difference = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}
