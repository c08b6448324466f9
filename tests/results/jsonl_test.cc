#include "results/upstream/jsonl.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "results/outcome_json.h"
#include "samples.h"

namespace gaikei::testing {
namespace {

TEST(Jsonl, AppendsWholeLines) {
  const ScratchDir dir;
  const std::string path = dir.path("samples.jsonl");
  const std::vector<Outcome> batch = {PassedOutcome("a"), TimedOutOutcome()};
  for (int i = 0; i < 2; ++i) {
    auto upstream = JsonlUpstream::Open("file", path);
    ASSERT_TRUE(upstream) << upstream.error();
    (*upstream)->Send(batch);
    (*upstream)->Flush();
    EXPECT_EQ((*upstream)->sent(), 2U);
    EXPECT_EQ((*upstream)->dropped(), 0U);
  }
  const std::string once = ToJson(batch[0]) + "\n" + ToJson(batch[1]) + "\n";
  EXPECT_EQ(ReadFile(path), once + once);
}

TEST(Jsonl, SaysWhatCannotBeOpened) {
  const auto upstream = JsonlUpstream::Open("file", "/nonexistent/samples.jsonl");
  ASSERT_FALSE(upstream);
  EXPECT_EQ(upstream.error(), "/nonexistent/samples.jsonl: No such file or directory");
}

TEST(Jsonl, CountsADeviceThatIsFullAsDropped) {
  auto upstream = JsonlUpstream::Open("file", "/dev/full");
  ASSERT_TRUE(upstream) << upstream.error();
  const std::vector<Outcome> batch = {PassedOutcome("a"), PassedOutcome("b")};
  (*upstream)->Send(batch);
  EXPECT_EQ((*upstream)->sent(), 0U);
  EXPECT_EQ((*upstream)->dropped(), 2U);
}

TEST(Jsonl, CutsATornLineOffAgain) {
  const ScratchDir dir;
  const std::string path = dir.path("samples.jsonl");
  const std::vector<Outcome> batch = {PassedOutcome("a"), PassedOutcome("b"), PassedOutcome("c")};
  const std::string line = ToJson(batch[0]) + "\n";
  // The limit of the file's size belongs to a process: a child of our own gets one that ends in the
  // middle of the second line.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{line.size() + line.size() / 2, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto upstream = JsonlUpstream::Open("file", path);
    if (!upstream) ::_exit(1);
    (*upstream)->Send(batch);
    ::_exit((*upstream)->sent() == 1 && (*upstream)->dropped() == 2 ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(ReadFile(path), line);
}

}  // namespace
}  // namespace gaikei::testing
