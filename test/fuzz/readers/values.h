/*
 * values.h - values that the stand-in for the server makes for the targets
 */
#ifndef TRL_FUZZ_VALUES_H
#define TRL_FUZZ_VALUES_H

#include "utils/jsonb.h"

/*
 * A jsonb of the text's array ("[1,2"), object ("{...") or scalar.  Brackets
 * need not close.
 */
extern Jsonb *fuzz_jsonb(const char *text);

#endif							/* TRL_FUZZ_VALUES_H */
