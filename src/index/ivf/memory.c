/*
 * memory.c - what share of maintenance_work_mem goes where in a build
 *
 * While the lists are made: the sample, the lists, and per process a batch of
 * rows with the buffers of its product.  While rows are assigned the sample is
 * gone, and the sorts take what it leaves.  When pages are written, one sort
 * has it all.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <sys/statvfs.h>

#include "miscadmin.h"
#include "storage/dsm_impl.h"

#include "index/ivf/build.h"

#define BATCH_BYTES (4608 * 1024)
#define BATCH_LEAST 8
#define BATCH_MOST 1024

/* Rows of the sample per list, below which lists are fewer instead. */
#define LEAST_PER_LIST 8

/* Bytes of the calibration per query. */
static Size
query_bytes(int batch, int dims)
{
	return sizeof(float) * ((Size) dims + batch) +
		TRL_IVF_NEIGHBOURS * (sizeof(float) + sizeof(uint32));
}

void
trl_ivf_budget_init(TrlIvfBudget *budget, const TrlIvfMeta *meta)
{
	int			dims = meta->dims_padded;
	Size		total = (Size) maintenance_work_mem * 1024;
	Size		batch;
	Size		queries;

	/* a row is held with what its assigner needs for it */
	batch = Min(BATCH_BYTES, total / 16) /
		(sizeof(float) * dims + meta->filter_bytes +
		 trl_assigner_size(2, dims) - trl_assigner_size(1, dims));

	budget->total = total;
	budget->batch = (int) Max(Min(batch, BATCH_MOST), BATCH_LEAST);
	queries = total / 8 / query_bytes(budget->batch, dims);
	budget->queries = (int) Max(Min(queries, TRL_IVF_QUERIES), 1);
	budget->process = trl_assigner_size(budget->batch, dims) +
		(sizeof(float) * dims + meta->filter_bytes) * (Size) budget->batch +
		query_bytes(budget->batch, dims) * budget->queries;
}

int
trl_ivf_budget_lists(const TrlIvfBudget *budget, const TrlIvfMeta *meta,
					 int lists, double wanted, int processes,
					 int *sample_rows)
{
	int			dims = meta->dims_padded;
	Size		row = TRL_SAMPLE_ROW_SIZE(dims);
	Size		fixed = budget->process * processes;
	Size		left = budget->total > fixed ? budget->total - fixed : 0;
	Size		most;

	/* a list takes its centroid and some rows of the sample */
	most = left / ((row + sizeof(float)) + row * LEAST_PER_LIST);
	if (most < 1)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("maintenance_work_mem is too small to build an ivf index of %d dimensions",
						meta->column_dims),
				 errdetail("It is %d kB.", maintenance_work_mem),
				 errhint("Set maintenance_work_mem to %zu kB or more.",
						 (fixed + 64 * row) / 1024 + 1)));
	lists = (int) Min((Size) lists, most);
	left -= Min(left, trl_lists_size(lists, dims));
	*sample_rows = (int) Max(Min(wanted, (double) (left / row)), 1);
	return lists;
}

int
trl_ivf_budget_sort(const TrlIvfBudget *budget, const TrlIvfMeta *meta,
					int processes)
{
	Size		taken = trl_lists_size((int) meta->lists, meta->dims_padded) +
	budget->process * processes;
	Size		left = budget->total > taken ? budget->total - taken : 0;

	return (int) Max(left / Max(processes, 1) / 1024, 64);
}

/*
 * The server reserves what it creates, and fails where there is none: ask
 * first.  Only POSIX segments have a size that a container limits, in
 * /dev/shm; others lie on disk or are bounded by the kernel.
 */
bool
trl_ivf_shared_memory(Size size)
{
	struct statvfs volume;

	if (dynamic_shared_memory_type != DSM_IMPL_POSIX ||
		statvfs("/dev/shm", &volume) != 0)
		return true;
	if ((double) volume.f_bavail * volume.f_frsize >= (double) size + BLCKSZ)
		return true;
	ereport(NOTICE,
			(errmsg("building without parallel workers, since /dev/shm has no room for %zu kB",
					size / 1024),
			 errhint("Give the server a larger /dev/shm, in a container by --shm-size, or lower maintenance_work_mem.")));
	return false;
}
