/*
 * access_test.c - SHA-256, HMAC, base64url, JSON and token reading
 *
 * Vectors: FIPS 180-4 examples (NIST), RFC 4231, RFC 4648, RFC 7515 A.1.
 * Then mutated tokens, of which none may be taken, and mutated claims under
 * a good signature, which must not crash (run it with sanitizers).
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>

#include "access/base64url.h"
#include "access/json.h"
#include "access/jwt.h"
#include "access/sha256.h"

static int	failures = 0;

static void
check(bool good, const char *what)
{
	if (!good)
	{
		printf("not ok - %s\n", what);
		failures++;
	}
}

static void
to_hex(const uint8 *bytes, size_t n, char *hex)
{
	size_t		i;

	for (i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
}

static void
check_sha(const char *data, size_t len, size_t step, const char *expected)
{
	TrlSha256	ctx;
	uint8		digest[TRL_SHA256_BYTES];
	char		hex[2 * TRL_SHA256_BYTES + 1];
	size_t		done = 0;

	trl_sha256_init(&ctx);
	while (done < len)
	{
		size_t		n = len - done < step ? len - done : step;

		trl_sha256_update(&ctx, data + done, n);
		done += n;
	}
	trl_sha256_final(&ctx, digest);
	to_hex(digest, sizeof(digest), hex);
	check(strcmp(hex, expected) == 0, expected);
}

static void
test_sha256(void)
{
	static const char two_blocks[] =
	"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const char four_blocks[] =
	"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
	size_t		million = 1000000;
	char	   *as = malloc(million);
	size_t		step;

	memset(as, 'a', million);
	for (step = 1; step <= 200; step += 7)
	{
		check_sha("", 0, step, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
		check_sha("abc", 3, step, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		check_sha(two_blocks, strlen(two_blocks), step,
				  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
		check_sha(four_blocks, strlen(four_blocks), step,
				  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
	}
	check_sha(as, million, 4096, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	/* one byte of padding more, one block more */
	check_sha(as, 55, 64, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	check_sha(as, 56, 64, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
	check_sha(as, 64, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	free(as);
}

static void
check_hmac(const void *key, size_t key_len, const void *data, size_t len,
		   const char *expected)
{
	uint8		mac[TRL_SHA256_BYTES];
	char		hex[2 * TRL_SHA256_BYTES + 1];

	trl_hmac_sha256(key, key_len, data, len, mac);
	to_hex(mac, sizeof(mac), hex);
	/* RFC 4231's test 5 gives the first 128 bits */
	check(strncmp(hex, expected, strlen(expected)) == 0, expected);
}

/* RFC 4231, tests 1 to 7. */
static void
test_hmac(void)
{
	static const char large_key[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	static const char large_both[] =
	"This is a test using a larger than block-size key and a larger than "
	"block-size data. The key needs to be hashed before being used by the "
	"HMAC algorithm.";
	uint8		key[131];
	uint8		data[50];
	int			i;

	memset(key, 0x0b, 20);
	check_hmac(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_hmac("Jefe", 4, "what do ya want for nothing?", 28,
			   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, 20);
	memset(data, 0xdd, 50);
	check_hmac(key, 20, data, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	for (i = 0; i < 25; i++)
		key[i] = (uint8) (i + 1);
	memset(data, 0xcd, 50);
	check_hmac(key, 25, data, 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
	memset(key, 0x0c, 20);
	check_hmac(key, 20, "Test With Truncation", 20, "a3b6167473100ee06e0c796c2955552b");
	memset(key, 0xaa, 131);
	check_hmac(key, 131, large_key, strlen(large_key),
			   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	check_hmac(key, 131, large_both, strlen(large_both),
			   "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void
test_base64url(void)
{
	static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xfb\xff\xbf"};
	static const char *const coded[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy", "-_-_"};
	static const char *const bad[] = {"A", "Zg=", "Zg==", "Z g", "Zh", "Zm9", "+/+/", "Zm9v\n", "AAAAA"};
	char		out[16];
	uint8		bytes[16];
	size_t		i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
	{
		size_t		n = trl_base64url_encode(plain[i], strlen(plain[i]), out);

		check(n == strlen(coded[i]) && memcmp(out, coded[i], n) == 0, coded[i]);
		check(n == TRL_BASE64URL_LENGTH(strlen(plain[i])), coded[i]);
		check(trl_base64url_decode(coded[i], n, bytes, sizeof(bytes)) == (int) strlen(plain[i]) &&
			  memcmp(bytes, plain[i], strlen(plain[i])) == 0, coded[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(trl_base64url_decode(bad[i], strlen(bad[i]), bytes, sizeof(bytes)) == -1, bad[i]);
	check(trl_base64url_decode("Zm9vYmFy", 8, bytes, 5) == -1, "no room");
}

static bool
take_member(const TrlJsonValue *name, const TrlJsonValue *value, void *arg)
{
	static const char kinds[] = "sifo";
	char	   *seen = arg;
	size_t		len = strlen(seen);

	snprintf(seen + len, 256 - len, "%.15s%c", name->text, kinds[value->kind]);
	return true;
}

static void
test_json(void)
{
	static const char *const good[][2] = {
		{"{}", ""},
		{" { } ", ""},
		{"{\"a\":1}", "ai"},
		{"\t{\n\"a\" : \"x\" , \"b\":-0.5,\"c\":1e3}\r", "asbfco"},
		{"{\"a\":[],\"b\":[1,[2,{\"c\":null}]],\"d\":{},\"e\":true,\"f\":false}", "aobodoeofo"},
		{"{\"a\":999999999999999999,\"b\":9999999999999999999}", "aibo"},
		{"{\"\\u0061\\n\":\"\\ud83d\\ude00\"}", "a\ns"},
		{"{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}", "\xc3\xa9s"}};
	static const char *const bad[] = {
		"", " ", "[]", "1", "\"a\"", "null", "{", "}", "{a:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
		"{,}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}",
		"{\"a\":-}", "{\"a\":tru}", "{\"a\":nul", "{\"a\":\"x}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\n\"}", "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":{]}}", "{} {}", "{}x", "{\"a\":'x'}",
		"{\"\xc0\x80\":1}", "{\"\xed\xa0\x80\":1}", "{\"\xf4\x90\x80\x80\":1}", "{\"\xff\":1}", "{\"\xc3\":1}",
		"{\"a\":NaN}", "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}"};
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		char		seen[256] = "";

		check(trl_json_read_object(good[i][0], strlen(good[i][0]), take_member, seen), good[i][0]);
		check(strcmp(seen, good[i][1]) == 0, good[i][0]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		char		seen[256] = "";

		check(!trl_json_read_object(bad[i], strlen(bad[i]), take_member, seen), bad[i]);
	}
	check(!trl_json_read_object("{\"a\0\":1}", 9, take_member, (char[256]) {""}), "NUL");
}

static const uint8 test_key[TRL_KEY_BYTES] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
};

static bool
find_test_key(const char *kid, uint8 *key, void *arg)
{
	(void) arg;
	memcpy(key, test_key, TRL_KEY_BYTES);
	return strcmp(kid, "k1") == 0;
}

static const char *
read_token(const char *token, size_t len)
{
	TrlClaims	claims;

	return trl_jwt_read(token, len, find_test_key, NULL, &claims);
}

/* RFC 7515 A.1's MAC: the key there is longer, so only the HMAC is ours. */
static void
test_rfc7515(void)
{
	static const char signed_part[] =
	"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkz"
	"ODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const char key_text[] =
	"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
	uint8		key[64];
	uint8		mac[TRL_SHA256_BYTES];
	char		coded[43];

	check(trl_base64url_decode(key_text, strlen(key_text), key, sizeof(key)) == 64, "RFC 7515 key");
	trl_hmac_sha256(key, sizeof(key), signed_part, strlen(signed_part), mac);
	check(trl_base64url_encode(mac, sizeof(mac), coded) == 43 &&
		  memcmp(coded, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 43) == 0, "RFC 7515 A.1");
}

/* xorshift, so that every run is the same */
static uint32
next_random(uint64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32) (*state >> 32);
}

static size_t
mutate(char *text, size_t len, size_t room, uint64 *state)
{
	int			changes = 1 + (int) (next_random(state) % 3);

	while (changes-- > 0)
	{
		size_t		at = next_random(state) % (len + 1);

		switch (next_random(state) % 4)
		{
			case 0:
				if (at < len)
					text[at] = (char) next_random(state);
				break;
			case 1:
				if (at < len)
					memmove(text + at, text + at + 1, --len - at);
				break;
			case 2:
				if (len < room)
				{
					memmove(text + at + 1, text + at, len++ - at);
					text[at] = "AZaz09-_.={}\":,\\u"[next_random(state) % 17];
				}
				break;
			default:
				len = at;
		}
		if (len == 0)
			break;
	}
	return len;
}

static void
test_mutations(long rounds)
{
	static const char claims[] =
	"{\"sub\": \"alice \\u00e9\", \"aud\": \"db\", \"exp\": 4102444800, \"act\": \"bot\", \"tenant\": -7, "
	"\"jti\": \"x\", \"more\": [1, {\"a\": 2.5}]}";
	uint64		state = 88172645463325252ULL;
	char		token[1024];
	char		copy[1025];
	char		text[512];
	long		taken = 0;
	long		i;

	trl_jwt_write(claims, strlen(claims), "k1", test_key, token);
	check(read_token(token, strlen(token)) == NULL, "a good token");
	for (i = 0; i < rounds; i++)
	{
		size_t		len = strlen(token);

		memcpy(copy, token, len);
		len = mutate(copy, len, sizeof(copy), &state);
		if (len == strlen(token) && memcmp(copy, token, len) == 0)
			continue;
		taken += read_token(copy, len) == NULL;
	}
	check(taken == 0, "no mutated token is taken");

	for (i = 0; i < rounds / 10; i++)
	{
		size_t		len = strlen(claims);

		memcpy(text, claims, len);
		len = mutate(text, len, sizeof(text), &state);
		trl_jwt_write(text, len, "k1", test_key, copy);
		(void) read_token(copy, strlen(copy));
	}
}

int
main(int argc, char **argv)
{
	test_sha256();
	test_hmac();
	test_base64url();
	test_json();
	test_rfc7515();
	test_mutations(argc > 1 ? atol(argv[1]) : 200000);
	if (failures == 0)
		printf("ok - access: SHA-256, HMAC, base64url, JSON, tokens\n");
	return failures != 0;
}
