#include "results/heartbeat_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "results/constant_time.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const WallTime kNoon = *ParseRfc3339("2026-11-23T12:00:00.123456789Z");

class HeartbeatMemories : public ::testing::Test {
 protected:
  std::unique_ptr<HeartbeatStore> Open() {
    auto store = HeartbeatStore::Open(
        dir_.path().string(), [this](const std::string& error) { errors_.push_back(error); });
    EXPECT_TRUE(store) << store.error();
    return std::move(*store);
  }

  const support::TempDir dir_;
  std::vector<std::string> errors_;
};

TEST_F(HeartbeatMemories, AreThereAgainInTheNextProcess) {
  {
    const auto store = Open();
    store->Write("silent", {kNoon, std::nullopt});
    store->Write("terse", {kNoon + 1h, KnownReport{kNoon, true, std::nullopt, ""}});
    store->Write("job", {kNoon, KnownReport{kNoon - 1h, true, 5s, "first"}});
    store->Write("job", {kNoon + 2h, KnownReport{kNoon + 1h, false, 0s, "it's \"full\""}});
  }
  const auto store = Open();
  const auto job = store->Read("job");
  ASSERT_TRUE(job && job->last);
  EXPECT_EQ(job->counted_from, kNoon + 2h);
  EXPECT_EQ(job->last->at, kNoon + 1h);
  EXPECT_FALSE(job->last->was_ok);
  EXPECT_EQ(job->last->duration, 0s);
  EXPECT_EQ(job->last->message, "it's \"full\"");
  const auto terse = store->Read("terse");
  ASSERT_TRUE(terse && terse->last);
  EXPECT_EQ(terse->last->at, kNoon);
  EXPECT_TRUE(terse->last->was_ok);
  EXPECT_FALSE(terse->last->duration);
  const auto silent = store->Read("silent");
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->counted_from, kNoon);
  EXPECT_FALSE(silent->last);
  EXPECT_FALSE(store->Read("none"));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(HeartbeatMemories, AreForgottenWhenNobodyExpectsThemAnyMore) {
  const auto store = Open();
  for (const std::string name : {"a", "b", "c"}) store->Write(name, {kNoon, std::nullopt});
  store->KeepOnly({"b", "d"});
  EXPECT_FALSE(store->Read("a"));
  EXPECT_TRUE(store->Read("b"));
  EXPECT_FALSE(store->Read("c"));
  EXPECT_FALSE(store->Read("d"));
}

TEST_F(HeartbeatMemories, AreNobodyElsesToRead) {
  const auto store = Open();
  struct stat info {};
  ASSERT_EQ(::stat(dir_.Path("heartbeats.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(HeartbeatMemories, InADamagedFileArePutAside) {
  for (const std::string& text : {std::string(8192, 'x'), std::string("SQLite format 3")}) {
    support::WriteFile(dir_.Path("heartbeats.db"), text);
    const auto store = Open();
    EXPECT_FALSE(store->Read("job"));
    store->Write("job", {kNoon, std::nullopt});
    EXPECT_TRUE(store->Read("job"));
    ASSERT_FALSE(errors_.empty());
    EXPECT_THAT(errors_.back(), HasSubstr("heartbeats.db: open"));
  }
  unsigned aside = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir_.path())) {
    aside += file.path().string().find("heartbeats.db.corrupt-") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(aside, 2U);
}

TEST_F(HeartbeatMemories, AreNotLookedForInAFileOfSomebodyElse) {
  {
    auto other = Database::Open(dir_.Path("heartbeats.db"));
    ASSERT_TRUE(other && other->Execute("CREATE TABLE heartbeat (name TEXT)"));
  }
  const auto store = Open();
  EXPECT_FALSE(store->Read("job"));
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_THAT(errors_[0], HasSubstr("the file is not a memory of heartbeats"));
}

TEST_F(HeartbeatMemories, ThatCannotBeKeptAreAnErrorOfOneLine) {
  const auto store = HeartbeatStore::Open(dir_.Path("none"), {});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("heartbeats.db: unable to open database file"));
}

TEST(ComparisonInConstantTime, TellsWhetherTextsAreTheSame) {
  EXPECT_TRUE(IsSameInConstantTime("", ""));
  EXPECT_TRUE(IsSameInConstantTime("secret", "secret"));
  EXPECT_FALSE(IsSameInConstantTime("secret", ""));
  EXPECT_FALSE(IsSameInConstantTime("", "secret"));
  EXPECT_FALSE(IsSameInConstantTime("secre", "secret"));
  EXPECT_FALSE(IsSameInConstantTime("secretsecret", "secret"));
  EXPECT_FALSE(IsSameInConstantTime("secreT", "secret"));
  EXPECT_FALSE(IsSameInConstantTime("Secret", "secret"));
  EXPECT_FALSE(IsSameInConstantTime(std::string_view("\0", 1), ""));
}

}  // namespace
}  // namespace gaikei
