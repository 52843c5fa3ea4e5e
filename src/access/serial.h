/*
 * serial.h - a number that changes whenever an access decision might
 *
 * Bumped by a new token, by changes of the catalogue, and when a cached
 * reader is freed.  What was derived while it had one value holds as long as
 * it has that value, within one statement.
 */
#ifndef TRL_ACCESS_SERIAL_H
#define TRL_ACCESS_SERIAL_H

extern uint64 trl_access_serial;

#endif							/* TRL_ACCESS_SERIAL_H */
