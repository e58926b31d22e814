# make          installs what is missing (Debian), builds, runs the main job: results/drift.h5 and results/drift.png
# make accuracy  builds, compares all integrators on one flow: results/accuracy.h5 and results/accuracy.png
# make paper DATA=FOLDER  the paper's trainings made small, 2,300 s of processor time, and its figures 1 to 5: results/figure1.png ...
# make test     builds and runs every test        make bench   the benchmarks
# make asan     the tests, but those of whole jobs and kills, under the address and undefined-behaviour sanitizers
# make fuzz     damaged inputs for FUZZ_SECONDS (60) in all, by libFuzzer        make tsan   what threads share, by ThreadSanitizer
# make coverage the lines that the tests run, folder by folder
# make build    the programs alone                make clean   removes build/

# Debian's Python has the packages below; another python3 may come first on PATH.
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
CMAKE_FLAGS ?=
CTEST_FLAGS ?=
FUZZ_SECONDS ?= 60

PACKAGES := cmake g++ make pkg-config libboost-dev libeigen3-dev libhdf5-dev zlib1g-dev libbenchmark-dev catch2 \
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libsleef-dev libsundials-dev python3-matplotlib python3-xarray python3-h5netcdf python3-h5py strace \
  dataset-fashion-mnist octave r-cran-hdf5r
# The sanitizers of Clang, and its OpenMP, which ThreadSanitizer understands.
fuzz tsan: PACKAGES += clang libclang-rt-dev libomp-dev
coverage: PACKAGES += gcovr
INSTALL := apt-get install -y --no-install-recommends

.PHONY: all accuracy paper build test bench asan fuzz tsan coverage clean packages
.NOTPARALLEL:

all: build
	@mkdir -p results
	build/release/drift --output results/drift.h5 --force
	$(PYTHON) experiments/figures/drift.py results/drift.h5

accuracy: build
	@mkdir -p results
	build/release/accuracy --output results/accuracy.h5 --force
	$(PYTHON) experiments/figures/accuracy.py results/accuracy.h5

PAPER := build/release/train --force --data-folder $(DATA) --config experiments/train
paper: build
	@test -n "$(DATA)" || { echo "where are the data sets? make paper DATA=FOLDER" >&2; exit 2; }
	@mkdir -p results
	build/release/drift --config experiments/drift/level_set.toml --force
	set -e; for set in cifar10 imagenet ptb wikitext103; do $(PAPER)/$${set}_small.toml; done
	set -e; for set in ptb wikitext103; do \
	  $(PAPER)/$${set}_small.toml --set gate=normalised-sigmoid --output results/$${set}_small_sigmoid.h5; done
	$(PYTHON) experiments/figures/level_set.py results/level_set.h5 -o results/figure1.png
	$(PYTHON) experiments/figures/paper.py 2 results/imagenet_small.h5 results/wikitext103_small.h5
	$(PYTHON) experiments/figures/paper.py 3 results/cifar10_small.h5 results/ptb_small.h5
	$(PYTHON) experiments/figures/paper.py 4 results/ptb_small_sigmoid.h5 results/wikitext103_small_sigmoid.h5
	$(PYTHON) experiments/figures/paper.py 5 results/imagenet_small.h5 results/wikitext103_small.h5

build: packages
	cmake --preset release $(CMAKE_FLAGS)
	cmake --build --preset release --target programs -j $(JOBS)

test: packages
	cmake --preset release $(CMAKE_FLAGS)
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS) $(CTEST_FLAGS)

bench: packages
	cmake --preset bench $(CMAKE_FLAGS)
	cmake --build --preset bench -j $(JOBS)
	@set -e; for program in build/release/tests/bench/bench_*; do test -x $$program || continue; echo "== $$program"; $$program; done

asan: packages
	cmake --preset asan $(CMAKE_FLAGS)
	cmake --build --preset asan --target unit_tests -j $(JOBS)
	ctest --preset asan -j $(JOBS) -E '^(experiments|kills|misleading|architectures|device_programs|documents)$$' $(CTEST_FLAGS)

fuzz: packages
	cmake --preset fuzz $(CMAKE_FLAGS)
	cmake --build --preset fuzz --target fuzz_targets -j $(JOBS)
	tests/fuzz/run.sh build/fuzz/tests/fuzz $(FUZZ_SECONDS)

tsan: packages
	cmake --preset tsan $(CMAKE_FLAGS)
	cmake --build --preset tsan -j $(JOBS) --target drift accuracy train train_on_double test_backend test_record test_data
	tests/threads.sh build/tsan

coverage: packages
	cmake --preset coverage $(CMAKE_FLAGS)
	cmake --build --preset coverage -j $(JOBS)
	ctest --preset coverage -j $(JOBS) $(CTEST_FLAGS)
	$(PYTHON) tests/coverage.py build/coverage

clean:
	rm -rf build

# Without a missing package this neither calls apt-get nor needs the network. Elsewhere than on Debian CMake tells what it lacks.
packages:
	@command -v dpkg-query > /dev/null || { echo "no dpkg here; needed, by their Debian names: $(PACKAGES)"; exit 0; }; \
	missing=""; \
	for package in $(PACKAGES); do \
	  test "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2> /dev/null)" = installed || missing="$$missing $$package"; \
	done; \
	test -n "$$missing" || exit 0; \
	echo "installing:$$missing"; \
	if test "$$(id -u)" = 0; then as_root=""; else as_root=sudo; fi; \
	{ test -z "$$as_root" || command -v sudo > /dev/null; } && \
	  $$as_root apt-get update && $$as_root env DEBIAN_FRONTEND=noninteractive $(INSTALL) $$missing && exit 0; \
	echo "these packages are missing and could not be installed:$$missing" >&2; \
	echo "install them as root, then run make again: apt-get update && $(INSTALL)$$missing" >&2; \
	exit 2
