/*
 * element.h - what the dense vector types differ in, as one descriptor each
 *
 * vector and halfvec share one layout and all code that is not hot; that code
 * takes a descriptor.  Elements pass through it as float4: every half is one,
 * and a float4 result is rounded once when it is stored.
 */
#ifndef TRL_TYPES_ELEMENT_H
#define TRL_TYPES_ELEMENT_H

typedef struct TrlElement
{
	const char *type_name;		/* SQL name of the vector type */
	Size		size;			/* bytes of one element: 2 or 4 */
	int			max_dim;		/* most elements of one vector */

	/* smallest float4 magnitude that is stored as infinity */
	float		overflow_from;

	/* largest float4 magnitude that is stored as zero */
	float		underflow_to;

	/* n stored elements, written to out as floats */
	void		(*decode) (const void *x, int n, float *out);

	/*
	 * n stored elements as floats.  Returns x itself where the stored form is
	 * float4, else a palloc'd array: read only.
	 */
	const float *(*load) (const void *x, int n);

	/*
	 * Rounds n floats and stores them at x, in the array of a vector. Checks
	 * nothing: what is out of range is stored as infinity.
	 */
	void		(*store) (const float *values, int n, void *x);
} TrlElement;

extern const TrlElement trl_element_float4; /* of vector */
extern const TrlElement trl_element_half;	/* of halfvec */

#endif							/* TRL_TYPES_ELEMENT_H */
