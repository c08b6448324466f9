#include "tests/support/subprocess.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temp_dir.h"

namespace gaikei::support {
namespace {

TEST(Subprocess, KeepsWhatTheChildSaysAndHowItEnds) {
  const Finished finished = RunToEnd({.argv = {"sh", "-c", "cat; echo $WORD; echo bad >&2; exit 3"},
                                      .env = {{"WORD", "hello"}},
                                      .input = "typed\n"});
  EXPECT_EQ(finished.status.code, 3);
  EXPECT_EQ(finished.output, "typed\nhello\n");
  EXPECT_EQ(finished.errors, "bad\n");
}

TEST(Subprocess, SendsSignalsToAChildThatIsReady) {
  Subprocess child({.argv = {"sh", "-c", "echo ready; exec cat /dev/zero > /dev/null"}});
  ASSERT_TRUE(child.WaitForOutput("ready\n"));
  EXPECT_FALSE(child.Wait(std::chrono::milliseconds(20)));
  child.Signal(SIGTERM);
  const std::optional<ExitStatus> status = child.Wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->signal, SIGTERM);
  EXPECT_EQ(status->code, -1);
}

TEST(Subprocess, LimitsTheChildAndPlacesIt) {
  const TempDir dir;
  const Finished finished = RunToEnd({.argv = {"sh", "-c", "ulimit -n; pwd"},
                                      .cwd = dir.path(),
                                      .output_file = dir.Path("out"),
                                      .limits = {{RLIMIT_NOFILE, 37}}});
  EXPECT_EQ(finished.status.code, 0);
  EXPECT_EQ(finished.output, "");
  EXPECT_EQ(ReadFile(dir.Path("out")), "37\n" + dir.path().string() + "\n");
}

TEST(Subprocess, TellsThatAProgramDoesNotExist) {
  EXPECT_EQ(RunToEnd({.argv = {"/nowhere/program"}}).status.code, 127);
}

TEST(Subprocess, KillsTheChildWithItself) {
  pid_t pid = 0;
  {
    Subprocess child({.argv = {"sh", "-c", "echo up; exec cat /dev/zero > /dev/null"}});
    ASSERT_TRUE(child.WaitForOutput("up"));
    pid = child.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace gaikei::support
