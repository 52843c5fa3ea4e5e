-- The functions of avg(vector), called with arrays that are no state.
SELECT vector_avg('{}');
SELECT vector_avg('{NULL}');
SELECT vector_avg('{{1,2},{3,4}}');
SELECT vector_avg('{1}');
SELECT vector_avg('[5:6]={1,2}');
SELECT vector_avg('{NaN,1}');
SELECT vector_accum('{}', '[1]');
SELECT vector_accum('{1,2,3}', '[1]');
SELECT vector_accum(array_fill(1::float8, ARRAY[16002]), '[1]');
SELECT vector_combine('{1,2}', '{1,2,3}');
SELECT vector_combine('{NULL}', '{}');
