"""suite.py FOLDER [NAME...]: run the unittest files test_*.py of a folder against the rig of RIG_DIR. One line per test; the last line
is "N passed, N failed", which scripts/test.sh adds up. A skipped test counts as failed: nothing here may skip."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


class Lines(unittest.TextTestResult):
    def startTest(self, test) -> None:
        super().startTest(test)
        self.began = time.monotonic()

    def line(self, mark: str, test) -> None:
        self.stream.writeln(f"  {mark} {test.id()} ({time.monotonic() - self.began:.1f} s)")
        self.stream.flush()

    def addSuccess(self, test) -> None:
        unittest.TestResult.addSuccess(self, test)
        self.line("ok  ", test)

    def addFailure(self, test, err) -> None:
        unittest.TestResult.addFailure(self, test, err)
        self.line("FAIL", test)

    def addError(self, test, err) -> None:
        unittest.TestResult.addError(self, test, err)
        began = getattr(self, "began", None)  # a setUpClass that fails has not started a test
        self.began = time.monotonic() if began is None else began
        self.line("FAIL", test)


def main() -> int:
    folder = pathlib.Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder))
    loader = unittest.TestLoader()
    if len(sys.argv) > 2:
        suite = loader.loadTestsFromNames(sys.argv[2:])
    else:
        suite = loader.discover(str(folder), top_level_dir=str(folder))
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Lines, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"{max(0, result.testsRun - failed)} passed, {failed} failed", flush=True)
    return 1 if failed or not result.testsRun else 0


sys.exit(main())
