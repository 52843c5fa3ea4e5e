/*
 * codes.c - sign codes between rows and the block layout that scan_codes reads
 *
 * Byte b of a row holds the groups 2 b (low half) and 2 b + 1 (high half).
 * In the block, a lane below 16 has the low halves of its column's bytes and
 * a lane from 16 on the high halves.
 */
#include "kernels/scan.h"

#define COLUMNS TRL_GROUP_BYTES

void
trl_codes_pack(const uint8_t *rows, size_t row_bytes, uint8_t *codes)
{
	size_t		byte;
	size_t		j;

	for (byte = 0; byte < row_bytes; byte++)
	{
		uint8_t    *even = codes + 2 * byte * TRL_GROUP_BYTES;
		uint8_t    *odd = even + TRL_GROUP_BYTES;

		for (j = 0; j < COLUMNS; j++)
		{
			uint8_t		low = rows[j * row_bytes + byte];
			uint8_t		high = rows[(j + COLUMNS) * row_bytes + byte];

			even[j] = (uint8_t) ((low & 15) | (high & 15) << 4);
			odd[j] = (uint8_t) (low >> 4 | (high & 0xF0));
		}
	}
}

void
trl_codes_set_lane(uint8_t *codes, size_t row_bytes, int lane,
				   const uint8_t *row)
{
	int			shift = lane < COLUMNS ? 0 : 4;
	uint8_t		others = lane < COLUMNS ? 0xF0 : 0x0F;
	uint8_t    *column = codes + lane % COLUMNS;
	size_t		group;

	for (group = 0; group < 2 * row_bytes; group++)
	{
		uint8_t		half = row[group / 2] >> (group % 2 * 4) & 15;
		uint8_t    *cell = column + group * TRL_GROUP_BYTES;

		*cell = (uint8_t) ((*cell & others) | half << shift);
	}
}

void
trl_codes_get_lane(const uint8_t *codes, size_t row_bytes, int lane,
				   uint8_t *row)
{
	int			shift = lane < COLUMNS ? 0 : 4;
	const uint8_t *column = codes + lane % COLUMNS;
	size_t		byte;

	for (byte = 0; byte < row_bytes; byte++)
	{
		uint8_t		even = column[2 * byte * TRL_GROUP_BYTES];
		uint8_t		odd = column[(2 * byte + 1) * TRL_GROUP_BYTES];

		row[byte] = (uint8_t) ((even >> shift & 15) | (odd >> shift & 15) << 4);
	}
}
