// xarray and h5py read the file, while it is written and afterwards. Python runs in a process of its own.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/hdf5/temporary_folder.h"
#include "tests/record/example.h"

using namespace invar::record;
using namespace invar::testing;

namespace {

bool python_is_missing() {
  if (std::system("/usr/bin/python3 -c 'import h5py, h5netcdf, xarray' 2> /dev/null") == 0) return false;
  WARN("skipped: python3-h5py, python3-h5netcdf or python3-xarray is not installed");
  return true;
}

/// Runs a script in which PATH is the file's name; its assertions fail the test.
bool passes(const TemporaryFolder& folder, const std::filesystem::path& file, const std::string& script) {
  std::ofstream(folder / "script.py") << "PATH = '" << file.string() << "'\n" << script;
  return std::system(("/usr/bin/python3 " + (folder / "script.py").string()).c_str()) == 0;
}

void write_rows(ResultsFile& file, const std::vector<GroupDescription>& groups, std::int64_t rows) {
  for (const std::size_t run : {0, 1, 2}) invar::testing::write_rows(file, groups, run, 0, rows);
}

}  // namespace

TEST_CASE("the file opens in h5py while its writer holds it, first empty, then with every row so far") {
  if (python_is_missing()) return;
  const TemporaryFolder folder;
  const std::vector<GroupDescription> groups = example_groups();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), groups);
  CHECK(passes(folder, folder / "r.h5", R"(
import h5py, numpy
with h5py.File(PATH) as f:
    assert f['status'].asstr()[()] == 'running'
    assert list(f['attention/status'].asstr()) == ['pending', 'pending']
    assert list(f['attention/valid_rows'][()]) == [0, 0]
    assert numpy.isnan(f['attention/value'][...]).all()
    assert f.attrs['command_line'] == 'drift --model attention'
    assert f['attention/value'].attrs['units'] == '1'
    assert f['attention/component_law'].asstr()[0] == 'query_key'
    assert list(f['attention/method'].asstr()) == ['flow', 'gd']
)"));
  write_rows(*file, groups, 3);
  CHECK(passes(folder, folder / "r.h5", R"(
import h5py, numpy
with h5py.File(PATH) as f:
    r = f['attention']
    assert list(r['valid_rows'][()]) == [3, 3]
    assert r['step'][...].tolist() == [[0, 10, 20, -1, -1, -1]] * 2
    assert (r['value'][1, :3] == numpy.fromfunction(lambda i, j: 2e6 + 1e3 * i + 20 * 10 + j + 0.25, (3, 5))).all()
    assert numpy.isnan(r['value'][1, 3]).all()
    assert [r['value'].dims[i][0].name.split('/')[-1] for i in range(3)] == ['run', 'row', 'component']
)"));
}

TEST_CASE("xarray opens a model with all its runs, its subgroups and the summary, with all coordinates") {
  if (python_is_missing()) return;
  const TemporaryFolder folder;
  std::vector<GroupDescription> groups = example_groups();
  groups.push_back(example_group("lawless", 0, false, {example_run(3, 2)}));
  groups[1].runs[0].constants = {
      {"layers.0.ffn.m", {2}, {"m"}, std::make_shared<const std::vector<double>>(std::vector<double>{3.0, 4.0})}};
  FileDescription description = example_file();
  {
    const auto file = ResultsFile::create(folder / "r.h5", false, description, groups);
    write_rows(*file, groups, 3);
    file->finish_run(0, {RunStatus::diverged, "step 20: ‖θ‖ is inf", {12, 4, 3, 1, 0.75}});
    description.cases[1].verdict = "not conserved";
    description.cases[1].drift = 0.5;
    file->write_summary(description.cases);
    file->close(FileStatus::finished);
  }
  CHECK(passes(folder, folder / "r.h5", R"(
import xarray
def group(name):
    return xarray.open_dataset(PATH, group=name, engine='h5netcdf').load()
model = group('attention')
assert dict(model.sizes) == {'run': 2, 'row': 6, 'component': 5, 'block': 2, 'law': 3}, model.sizes
assert set(model.coords) == {'run', 'row', 'time', 'component', 'component_law', 'component_kind', 'component_index',
    'block', 'law', 'law_kind', 'status', 'status_message', 'valid_rows', 'step', 'gradients', 'steps', 'accepted',
    'rejected', 'seconds', 'number', 'label', 'method', 'integrator', 'step_size', 'schedule', 'batch',
    'step_size_of_sharpness', 'precision', 'rtol', 'atol', 'start_seed', 'sampling_seed', 'end_time', 'start_sharpness',
    'start_checksum'}, set(model.coords)
assert list(model.run.values) == [0, 2] and list(model.method.values) == ['flow', 'gd']
assert list(model.block.values) == ['layers.0.attention', 'layers.1.attention']
assert list(model.component_law.values[:2]) == ['query_key', 'value_output']
assert list(model.component_index.values[:2]) == ['0,0,0', '0,0,1']
assert model.law_error.dims == ('run', 'row', 'law') and list(model.law_kind.values) == ['law', 'law', 'control']
assert model.value.dims == ('run', 'row', 'component') and model.block_error.dims == ('run', 'row', 'block')
assert model.loss.dims == model.time.dims == ('run', 'row') and model.step.dtype == int
gd = model.sel(run=2)
laws = gd.value.where(gd.component_kind == 'law', drop=True).isel(row=slice(int(gd.valid_rows)))
assert laws.shape == (3, 4) and laws.values[2, 0] == 2e6 + 2e3 + 20 * 10 + 1 + 0.25
assert list(model.status.values) == ['diverged', 'running'] and type(model.status.values[0]) is str
assert model.status_message.values[0] == 'step 20: ‖θ‖ is inf' and model.status_message.values[1] == ''
assert list(model.seconds.values[:1]) == [0.75] and list(model.steps.values) == [4, -1]
assert model.attrs['model'] == 'attention' and model.attrs['scale'] == 1e-9 and model.attrs['samples'] == 4
assert all(v.attrs['description'] and v.attrs['units'] for n, v in model.variables.items()), model.variables
table = model.drift.to_dataframe().reset_index()
assert len(table) == 2 * 6 * 5 and {'method', 'step_size', 'component_law', 'status'} <= set(table.columns)

trajectory = group('attention/trajectory')
assert trajectory.Q.dims == ('run', 'row', 'h', 'd', 'a') and trajectory.time.dims == ('run', 'row')
assert trajectory.scale.shape == (2, 6) and list(trajectory.run.values) == [0, 2]
inner = group('attention/trajectory/layers/0/ffn')
assert inner.A.dims == ('run', 'row', 'm', 'h') and dict(inner.sizes) == {'run': 2, 'row': 6, 'm': 3, 'h': 3}
apart = group('_numbers/attention')  # a view of what has texts along an axis
assert apart.law_error.dims == ('run', 'row', 'law') and list(apart.law.values) == [0, 1, 2]
assert apart.law_error.equals(model.law_error.reset_coords(drop=True).drop_vars('law').assign_coords(apart.law_error.coords))
start = group('other/start')
assert start.Q.dims == ('run', 'h', 'd', 'a') and start.scale.shape == (1,)
frozen = group('other/constants/layers/0/ffn')
assert frozen.m.dims == ('axis_m',) and list(frozen.m.values) == [3, 4]  # a tensor that is called as its own index

assert dict(group('lawless').sizes)['component'] == 0
summary = group('summary')
assert dict(summary.sizes) == {'case': 2}
assert list(summary.verdict.values) == ['', 'not conserved'] and summary.drift.values[1] == 0.5
assert list(summary.method.values) == ['flow', 'gd'] and summary.to_dataframe().loc[1, 'model'] == 'attention'
root = xarray.open_dataset(PATH, engine='h5netcdf')
assert root.status.item() == 'finished' and root.attrs['schema'] == 2
assert {'version', 'git_commit', 'command_line', 'configuration', 'date', 'compiler', 'processor', 'precision'} <= set(root.attrs)
assert root.attrs['configuration'].startswith('model = "attention"\n# τ')
)"));
}

TEST_CASE("R reads numbers, and texts that are known early and late; Octave reads numbers") {
  const TemporaryFolder folder;
  const std::vector<GroupDescription> groups = example_groups();
  const std::filesystem::path path = folder / "r.h5";
  {
    const auto file = ResultsFile::create(path, false, example_file(), groups);
    write_rows(*file, groups, 3);
    std::vector<double> theta(22);
    std::iota(theta.begin(), theta.end(), 0.0);
    file->write_parameters(0, ParameterSet::start, theta);
    file->finish_run(0, {RunStatus::diverged, "step 20: loss is inf", {12, 4, 3, 1, 0.75}});
    file->close(FileStatus::finished);
  }
  const auto runs = [&](const std::string& program, const std::string& has, const std::string& name,
                        const std::string& script) {
    if (std::system((has + " > /dev/null 2>&1").c_str()) != 0) {
      WARN("skipped: " + program + " is not installed");
      return true;
    }
    std::ofstream(folder / name) << script;
    return std::system((program + " " + (folder / name).string() + " " + path.string() + " > /dev/null").c_str()) == 0;
  };
  CHECK(runs("Rscript", "Rscript -e 'library(hdf5r)'", "read.R", R"(
library(hdf5r)
f <- H5File$new(commandArgs(trailingOnly = TRUE)[1], mode = "r")
stopifnot(f[["status"]]$read() == "finished")
stopifnot(identical(f[["attention/status"]]$read(), c("diverged", "running")))
stopifnot(identical(f[["attention/method"]]$read(), c("flow", "gd")))
stopifnot(f[["attention/status_message"]]$read()[1] == "step 20: loss is inf")
value <- f[["attention/value"]]$read()  # reversed: component, row, run
stopifnot(identical(dim(value), c(5L, 6L, 2L)), value[2, 3, 2] == 2e6 + 2e3 + 20 * 10 + 1 + 0.25)
)"));
  CHECK(runs("octave-cli --norc", "octave-cli --version", "read.m", R"(
f = load("-hdf5", argv(){1}, "_numbers")._numbers;  % its load() reads no UTF-8
value = f.attention.value;  % reversed: component, row, run
assert(size(value), [5 6 2])
assert(value(2, 3, 2), 2e6 + 2e3 + 20 * 10 + 1 + 0.25)
assert(double(f.attention.step(:, 1)'), [0 10 20 -1 -1 -1])
assert(double(f.attention.valid_rows(:)'), [3 3])
assert(double(f.summary.run(:)'), [0 1])
assert(size(f.attention.law_error), [3 6 2])
assert(f.attention.law_error(2, 3, 2) - f.attention.law_error(1, 3, 2), 1)
assert(size(f.attention.block_error), [2 6 2])
assert(isnan(f.attention.block_error(1, 4, 1)) && ! isnan(f.attention.block_error(1, 3, 1)))
assert(f.attention.start.layers._0.ffn.A(:, :, 1)(:)', 12:20)
assert(size(f.attention.end.Q), [2 3 2 2])
)"));
}
