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

void write_rows(ResultsFile& file, const std::vector<RunDescription>& runs, std::int64_t rows) {
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (std::int64_t row = 0; row < rows; ++row) file.write_row(run, row, example_row(run, row, runs[run]));
  }
}

}  // namespace

TEST_CASE("the file opens in h5py while its writer holds it, first empty, then with every row so far") {
  if (python_is_missing()) return;
  const TemporaryFolder folder;
  const std::vector<RunDescription> runs = example_runs();
  const auto file = ResultsFile::create(folder / "r.h5", false, example_file(), runs);
  CHECK(passes(folder, folder / "r.h5", R"(
import h5py, numpy
with h5py.File(PATH) as f:
    assert f['status'][...].tobytes().rstrip(b'\0') == b'running'
    assert f['runs/0001/status'][...].tobytes().rstrip(b'\0') == b'pending'
    assert f['runs/0001/valid_rows'][()] == 0
    assert numpy.isnan(f['runs/0001/value'][...]).all()
    assert f.attrs['command_line'] == 'drift --model attention'
    assert f['runs/0001/value'].attrs['units'] == '1'
    assert f['runs/0001/component_law'].asstr()[0] == 'query_key'
)"));
  write_rows(*file, runs, 3);
  CHECK(passes(folder, folder / "r.h5", R"(
import h5py, numpy
with h5py.File(PATH) as f:
    r = f['runs/0001']
    assert r['valid_rows'][()] == 3
    assert list(r['step'][...]) == [0, 10, 20, -1]
    assert (r['value'][:3] == numpy.fromfunction(lambda i, j: 1e6 + 1e3 * i + 20 * 10 + j + 0.25, (3, 3))).all()
    assert numpy.isnan(r['value'][3]).all()
    assert r['value'].dims[0][0].name.endswith('/row') and r['value'].dims[1][0].name.endswith('/component')
)"));
}

TEST_CASE("xarray opens a run, its subgroups and the summary with all coordinates") {
  if (python_is_missing()) return;
  const TemporaryFolder folder;
  std::vector<RunDescription> runs = example_runs();
  runs.push_back(example_run(2, 0, false));
  FileDescription description = example_file();
  {
    const auto file = ResultsFile::create(folder / "r.h5", false, description, runs);
    write_rows(*file, {runs[0], runs[1]}, 3);
    file->finish_run(0, {RunStatus::diverged, "step 20: loss is inf", {12, 3, 1, 0.75}});
    description.cases[1].verdict = "not conserved";
    description.cases[1].drift = 0.5;
    file->write_summary(description.cases);
    file->close(FileStatus::finished);
  }
  CHECK(passes(folder, folder / "r.h5", R"(
import xarray
def group(name):
    return xarray.open_dataset(PATH, group=name, engine='h5netcdf').load()
run = group('runs/0000')
assert dict(run.sizes) == {'row': 6, 'component': 5, 'block': 2, 'law': 3}, run.sizes
assert set(run.coords) == {'row', 'time', 'component', 'component_law', 'component_kind', 'component_index', 'block', 'law',
                           'law_kind'}
assert list(run.block.values) == ['layers.0.attention', 'layers.1.attention']
assert list(run.component_law.values[:2]) == ['query_key', 'value_output']
assert list(run.component_index.values[:2]) == ['0,0,0', '0,0,1']
assert run.law_error.dims == ('row', 'law') and list(run.law_kind.values) == ['law', 'law', 'control']
assert run.value.dims == ('row', 'component') and run.block_error.dims == ('row', 'block') and run.loss.dims == ('row',)
laws = run.value.where(run.component_kind == 'law', drop=True).isel(row=slice(int(run.valid_rows)))
assert laws.shape == (3, 4) and laws.values[2, 0] == 2e3 + 20 * 10 + 1 + 0.25
assert run.status.item() == 'diverged' and run.status_message.item() == 'step 20: loss is inf'
assert run.seconds.item() == 0.75 and run.seconds.dtype == float
assert run.attrs['model'] == 'attention' and run.attrs['rtol'] == 1e-9 and run.attrs['start_seed'] == 4
assert all(v.attrs['description'] and v.attrs['units'] for n, v in run.variables.items()), run.variables

trajectory = group('runs/0000/trajectory')
assert trajectory.Q.shape == (6, 2, 3, 2) and trajectory.Q.dims[0] == 'row' and trajectory.time.dims == ('row',)
assert trajectory['layers.0.ffn.A'].shape == (6, 3, 3) and len(set(trajectory['layers.0.ffn.A'].dims)) == 3
assert trajectory.scale.shape == (6,)
start = group('runs/0001/start')
assert start.Q.shape == (2, 3, 2) and start.scale.shape == ()

assert dict(group('runs/0002').sizes)['component'] == 0
summary = group('summary')
assert dict(summary.sizes) == {'case': 2}
assert list(summary.verdict.values) == ['', 'not conserved'] and summary.drift.values[1] == 0.5
assert list(summary.method.values) == ['flow', 'gd'] and summary.to_dataframe().loc[1, 'model'] == 'attention'
root = xarray.open_dataset(PATH, engine='h5netcdf')
assert root.status.item() == 'finished' and root.attrs['schema'] == 1
assert {'version', 'git_commit', 'command_line', 'configuration', 'date', 'compiler', 'processor', 'precision'} <= set(root.attrs)
assert root.attrs['configuration'].startswith('model = "attention"\n# τ')
)"));
}
