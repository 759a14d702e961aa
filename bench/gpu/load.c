/* SPDX-License-Identifier: MIT */
/*
 * A load for the first NVIDIA GPU that CUDA sees, without CUDA's compiler: the driver's libcuda.so.1 translates the
 * kernel below.
 *
 *   gpu-load steady SECONDS              multiplies and adds on all cores
 *   gpu-load copy SECONDS                copies memory within the GPU
 *   gpu-load square PERIOD_MS SECONDS    steady for half of each period
 *
 * Writes `on NS` and `off NS` (CLOCK_MONOTONIC) as the GPU begins and has ended to work. Ends with 77 where there is
 * no CUDA.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char kernel[] =
    ".version 6.0\n.target sm_52\n.address_size 64\n"
    ".visible .entry burn(.param .u64 out, .param .u32 rounds)\n{\n"
    "	.reg .pred %p1;\n	.reg .f32 %f<8>;\n	.reg .b32 %r<8>;\n	.reg .b64 %rd<4>;\n"
    "	ld.param.u64 %rd1, [out];\n	ld.param.u32 %r1, [rounds];\n	cvta.to.global.u64 %rd1, %rd1;\n"
    "	mov.u32 %r2, %tid.x;\n	cvt.rn.f32.u32 %f1, %r2;\n"
    "	add.f32 %f2, %f1, 0f3F800000;\n	add.f32 %f3, %f2, 0f3F800000;\n	add.f32 %f4, %f3, 0f3F800000;\n"
    "	mov.f32 %f5, 0f3F7FF972;\n	mov.f32 %f6, 0f3DCCCCCD;\n	mov.u32 %r3, 0;\n"
    "again:\n"
    "	fma.rn.f32 %f1, %f1, %f5, %f6;\n	fma.rn.f32 %f2, %f2, %f5, %f6;\n"
    "	fma.rn.f32 %f3, %f3, %f5, %f6;\n	fma.rn.f32 %f4, %f4, %f5, %f6;\n"
    "	add.u32 %r3, %r3, 1;\n	setp.lt.u32 %p1, %r3, %r1;\n	@%p1 bra again;\n"
    "	add.f32 %f1, %f1, %f2;\n	add.f32 %f3, %f3, %f4;\n	add.f32 %f1, %f1, %f3;\n"
    "	mov.u32 %r4, %ctaid.x;\n	mov.u32 %r5, %ntid.x;\n	mad.lo.u32 %r6, %r4, %r5, %r2;\n"
    "	mul.wide.u32 %rd2, %r6, 4;\n	add.u64 %rd3, %rd1, %rd2;\n	st.global.f32 [%rd3], %f1;\n	ret;\n}\n";

enum { THREADS = 256, BLOCKS_EACH = 8, COPY_BYTES = 512 * 1024 * 1024, NO_CUDA = 77 };

/* The driver's functions; CUresult is an int, handles are pointers, CUdevice is an int, CUdeviceptr has 64 bits. */
static int (*cu_init)(unsigned);
static int (*cu_device)(int *, int);
static int (*cu_attribute)(int *, int, int);
static int (*cu_context)(void **, unsigned, int);
static int (*cu_module)(void **, const void *);
static int (*cu_function)(void **, void *, const char *);
static int (*cu_alloc)(uint64_t *, size_t);
static int (*cu_launch)(
    void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
static int (*cu_copy)(uint64_t, uint64_t, size_t);
static int (*cu_synchronize)(void);

static void get(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);
	if (!found) {
		(void)fprintf(stderr, "gpu-load: libcuda.so.1 has no %s\n", name);
		exit(NO_CUDA);
	}
	memcpy(function, &found, sizeof found);
}

static void check(int code, const char *what)
{
	if (code == 0)
		return;
	(void)fprintf(stderr, "gpu-load: %s: CUDA error %d\n", what, code);
	exit(code == 100 ? NO_CUDA : 1); /* CUDA_ERROR_NO_DEVICE */
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec until = { ns / 1000000000, ns % 1000000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		;
}

static void *function;
static uint64_t memory, other;
static unsigned blocks;
static uint32_t rounds = 20000; /* of one launch; made to take about a millisecond */

static void burn_once(void)
{
	void *arguments[] = { &memory, &rounds };
	check(cu_launch(function, blocks, 1, 1, THREADS, 1, 1, 0, NULL, arguments, NULL), "cuLaunchKernel");
	check(cu_synchronize(), "cuCtxSynchronize");
}

static void copy_once(void)
{
	check(cu_copy(other, memory, COPY_BYTES), "cuMemcpyDtoD");
	check(cu_synchronize(), "cuCtxSynchronize");
}

static void work(int64_t until_ns, void (*once)(void))
{
	int64_t begin = now_ns();
	while (now_ns() < until_ns)
		once();
	printf("on %lld\noff %lld\n", (long long)begin, (long long)now_ns());
	(void)fflush(stdout);
}

static void tune(void)
{
	burn_once();
	int64_t begin = now_ns();
	burn_once();
	double took = (double)(now_ns() - begin);
	if (took > 0)
		rounds = (uint32_t)(rounds * 1e6 / took) + 1;
}

static void open_gpu(void)
{
	int device, processors = 1;
	void *context, *module, *library = dlopen("libcuda.so.1", RTLD_NOW);
	if (!library) {
		(void)fprintf(stderr, "gpu-load: %s\n", dlerror());
		exit(NO_CUDA);
	}
	get(library, "cuInit", &cu_init);
	get(library, "cuDeviceGet", &cu_device);
	get(library, "cuDeviceGetAttribute", &cu_attribute);
	get(library, "cuCtxCreate_v2", &cu_context);
	get(library, "cuModuleLoadData", &cu_module);
	get(library, "cuModuleGetFunction", &cu_function);
	get(library, "cuMemAlloc_v2", &cu_alloc);
	get(library, "cuLaunchKernel", &cu_launch);
	get(library, "cuMemcpyDtoD_v2", &cu_copy);
	get(library, "cuCtxSynchronize", &cu_synchronize);
	check(cu_init(0), "cuInit");
	check(cu_device(&device, 0), "cuDeviceGet");
	check(cu_attribute(&processors, 16, device), "multiprocessors"); /* CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT */
	check(cu_context(&context, 4, device), "cuCtxCreate");           /* CU_CTX_SCHED_BLOCKING_SYNC */
	check(cu_module(&module, kernel), "the kernel");
	check(cu_function(&function, module, "burn"), "burn");
	check(cu_alloc(&memory, COPY_BYTES), "memory");
	check(cu_alloc(&other, COPY_BYTES), "memory");
	blocks = (unsigned)processors * BLOCKS_EACH;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";
	double seconds = argc > 2 ? strtod(argv[argc - 1], NULL) : 0.0;
	if (seconds <= 0.0 || (strcmp(mode, "square") == 0 && argc < 4)) {
		(void)fprintf(stderr, "usage: gpu-load steady SECONDS | copy SECONDS | square PERIOD_MS SECONDS\n");
		return 2;
	}
	open_gpu();
	tune();
	int64_t begin = now_ns(), end = begin + (int64_t)(seconds * 1e9);
	if (strcmp(mode, "square") != 0) {
		work(end, strcmp(mode, "copy") == 0 ? copy_once : burn_once);
		return 0;
	}
	int64_t period = (int64_t)(strtod(argv[2], NULL) * 1e6);
	for (int64_t at = begin; at < end && period > 0; at += period) {
		work(at + period / 2, burn_once);
		sleep_until(at + period);
	}
	return 0;
}
