/*
 * access.c - start of the access room
 */
#include "postgres.h"

#include "access/access.h"
#include "access/catalog.h"

void
trl_access_init(void)
{
	trl_catalog_init();
	trl_access_lanes_init();
}
