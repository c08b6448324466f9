#include <unistd.h>

#include "probe/config/starter.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Names(const std::vector<std::shared_ptr<const Region>>& regions) {
  std::vector<std::string> names;
  for (const auto& region : regions) names.push_back(region->name);
  return names;
}

TEST(TheStarterConfiguration, IsRight) {
  const Config config = Loaded(std::string(StarterConfig()));
  ASSERT_EQ(config.checks.size(), 1U);
  EXPECT_EQ(config.checks[0].identity->name, "example");
}

TEST(TheStarterConfiguration, IsRightWithAllItsCommentsTakenAway) {
  const Environment token("API_TOKEN", "x");
  const Environment probe("PROBE_PASSWORD", "x");
  const Environment nightly("NIGHTLY_TOKEN", "x");
  const Environment otlp("OTLP_TOKEN", "x");
  const Environment mackerel("MACKEREL_API_KEY", "x");
  const Directory directory;
  const std::string password = directory.Write("password", "hunter2");
  std::string text;
  std::istringstream lines{std::string(StarterConfig())};
  for (std::string line; std::getline(lines, line);) {
    // Keys and tables alone; sentences stay comments.
    const bool is_code =
        line.starts_with("# ") && (line.find(" = ") != std::string::npos ||
                                   line.starts_with("# [") || line.starts_with("#   [["));
    text += (is_code ? line.substr(2) : line) + "\n";
  }
  const std::string path = "/etc/gaikei/password";
  ASSERT_NE(text.find(path), std::string::npos);
  text.replace(text.find(path), path.size(), password);
  const Config config = Loaded(text);
  EXPECT_EQ(config.checks.size(), 10U);
  EXPECT_EQ(config.upstreams.size(), 5U);
  EXPECT_EQ(config.known_regions.size(), 1U);
}

TEST(Regions, AreOneCalledLocalWhereNoneIsGiven) {
  const Config config = Loaded("");
  EXPECT_THAT(Names(config.regions), ElementsAre("local"));
  EXPECT_THAT(Names(config.known_regions), ElementsAre("local"));
}

TEST(Regions, AreAllThatAreGivenWhereNoneIsOurs) {
  const Config config = Loaded("[region.tokyo]\n[region.osaka]\nsource = \"192.0.2.1\"\n");
  EXPECT_THAT(Names(config.regions), ElementsAre("tokyo", "osaka"));
  EXPECT_THAT(Names(config.known_regions), ElementsAre("osaka", "tokyo"));
  EXPECT_THAT(config.known_regions[0]->source, ElementsAre("192.0.2.1"));
}

TEST(Regions, AreTheOneThatIsOursWithItsWayOut) {
  const std::string text = R"([probe]
region = "tokyo"
[region.tokyo]
title = "Tokyo"
country = "JP"
latitude = 35
longitude = 139.7
provider = "Example"
asn = 64496
source = ["192.0.2.1", "2001:db8::1"]
interface = "eth0"
resolver = ["192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53", "2001:db8::53"]
[region.virginia]
)";
  const Config config = Loaded(text);
  ASSERT_THAT(Names(config.regions), ElementsAre("tokyo"));
  const Region& tokyo = *config.regions[0];
  EXPECT_EQ(tokyo.title, "Tokyo");
  EXPECT_EQ(tokyo.country, "JP");
  EXPECT_EQ(tokyo.latitude, 35.0);
  EXPECT_EQ(tokyo.longitude, 139.7);
  EXPECT_EQ(tokyo.asn, 64496U);
  EXPECT_EQ(tokyo.interface, "eth0");
  EXPECT_EQ(tokyo.resolver.size(), 4U);
  EXPECT_THAT(Names(config.known_regions), ElementsAre("tokyo", "virginia"));
  EXPECT_THAT(Names(Loaded(text, "virginia").regions), ElementsAre("virginia"));
  EXPECT_THAT(Names(Loaded(text, "paris").regions), ElementsAre("paris"));
  EXPECT_THAT(Names(Loaded(text, "paris").known_regions),
              ElementsAre("paris", "tokyo", "virginia"));
}

TEST(TheRegion, OfTheCommandLineComesBeforeThatOfTheEnvironmentAndOfTheFile) {
  const Directory directory;
  ConfigSources sources;
  sources.paths = {directory.Write("gaikei.toml", "[probe]\nregion = \"file\"\n")};
  EXPECT_THAT(Names(LoadConfig(sources)->regions), ElementsAre("file"));
  const Environment region("GAIKEI_REGION", "environment");
  EXPECT_THAT(Names(LoadConfig(sources)->regions), ElementsAre("environment"));
  sources.region = "flag";
  EXPECT_THAT(Names(LoadConfig(sources)->regions), ElementsAre("flag"));
}

TEST(TheShard, OfTheCommandLineComesBeforeThatOfTheEnvironmentAndOfTheFile) {
  const Directory directory;
  ConfigSources sources;
  sources.paths = {directory.Write("gaikei.toml", "")};
  EXPECT_EQ(LoadConfig(sources)->probe.shard.Text(), "1/1");
  sources.paths = {directory.Write("gaikei.toml", "[probe]\nshard = \"2/3\"\n")};
  EXPECT_EQ(LoadConfig(sources)->probe.shard.Text(), "2/3");
  const Environment shard("GAIKEI_SHARD", "3/4");
  EXPECT_EQ(LoadConfig(sources)->probe.shard.Text(), "3/4");
  sources.shard = "4/5";
  EXPECT_EQ(LoadConfig(sources)->probe.shard.Text(), "4/5");
  sources.shard = "6/5";
  EXPECT_THAT(Texts(LoadConfig(sources).error()),
              ElementsAre("--shard: \"6/5\" is no shard such as \"3/8\": the third of eight, of "
                          "1024 at most"));
}

TEST(Files, OfADirectoryAreReadInNameOrderAndMerged) {
  const Directory directory;
  directory.Write("20.toml", "[check.b]\ntarget = \"b.example\"\n[probe]\nthreads = 2\n");
  directory.Write("10.toml", "[check.a]\ntarget = \"a.example\"\n[probe]\nlisten = \"\"\n");
  directory.Write("notes.txt", "this is no TOML");
  directory.Write(".hidden.toml", "neither is this");
  const auto config = LoadConfig({{directory.Path("")}, "x"});
  ASSERT_TRUE(config) << ::testing::PrintToString(Texts(config.error()));
  ASSERT_EQ(config->checks.size(), 2U);
  EXPECT_EQ(config->checks[0].identity->name, "a");
  EXPECT_EQ(config->checks[1].identity->name, "b");
  EXPECT_EQ(config->probe.threads, 2U);
  EXPECT_EQ(config->probe.listen, "");
}

TEST(Files, ThatSayTheSameThingTwiceAreToldWhereElse) {
  const auto config = LoadTexts(
      {{"a.toml", "[probe]\nthreads = 1\n[check.home]\ntarget = \"a.example\"\n[region.r]\n"},
       {"b.toml", "[check.home]\ntarget = \"b.example\"\n[probe]\nthreads = 2\n[region.r]\n"}},
      "");
  ASSERT_FALSE(config);
  EXPECT_THAT(Texts(config.error()),
              ElementsAre("b.toml:1:8: check \"home\" stands at a.toml:3:8 already",
                          "b.toml:4:1: key \"threads\" stands at a.toml:2:1 already",
                          "b.toml:5:9: region \"r\" stands at a.toml:5:9 already"));
}

TEST(Files, AreAllJudgedThoughOneCannotBeParsed) {
  const auto config = LoadTexts({{"a.toml", "x ="}, {"b.toml", "[check.home]\ntarget = 5\n"}}, "");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().size(), 2U);
  EXPECT_EQ(config.error()[0].file, "a.toml");
  EXPECT_EQ(config.error()[1].Text(), "b.toml:2:10: expected a string, found an integer");
}

TEST(Files, ThatAreNotThereAreErrors) {
  const Directory directory;
  const std::string path = directory.Path("none.toml");
  const auto config = LoadConfig({{path, directory.Path("")}, "x"});
  ASSERT_FALSE(config);
  EXPECT_THAT(Texts(config.error()),
              ElementsAre(path + ": cannot be read: no such file or directory",
                          directory.Path("") + ": a directory without a *.toml file"));
}

class InADirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(directory_.Path(""));
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  Directory directory_;
  std::filesystem::path before_;
};

TEST_F(InADirectory, TheDefaultFileIsRead) {
  directory_.Write("gaikei.toml", "[check.home]\ntarget = \"a.example\"\n");
  const auto config = LoadConfig({{}, "x"});
  ASSERT_TRUE(config) << ::testing::PrintToString(Texts(config.error()));
  EXPECT_EQ(config->checks.size(), 1U);
}

TEST(TheProbe, TakesEveryKey) {
  const Config config = Loaded(R"([probe]
region = "tokyo"
state_dir = "/var/lib/gaikei"
listen = "[::1]:0"
threads = 4
max_in_flight = 5000
user_agent = "us/1"
)");
  EXPECT_EQ(config.probe.region, "tokyo");
  EXPECT_EQ(config.probe.state_dir, "/var/lib/gaikei");
  EXPECT_EQ(config.probe.listen, "[::1]:0");
  EXPECT_EQ(config.probe.threads, 4U);
  EXPECT_EQ(config.probe.load.in_flight, 5000U);
  EXPECT_EQ(config.probe.user_agent, "us/1");
}

TEST(TheProbe, ListensOnLoopbackAlone) {
  for (const char* listen : {"127.0.0.1:9115", "127.8.8.8:80", "localhost:1", "[::1]:9115", ""}) {
    EXPECT_TRUE(ErrorsOf(std::string("[probe]\nlisten = \"") + listen + "\"\n").empty()) << listen;
  }
  for (const char* listen :
       {"0.0.0.0:9115", "[::]:9115", "192.0.2.1:80", "[::ffff:127.0.0.1]:80"}) {
    EXPECT_THAT(ErrorsOf(std::string("[probe]\nlisten = \"") + listen + "\"\n"),
                ElementsAre(::testing::HasSubstr("is not a loopback address")))
        << listen;
  }
  for (const char* listen : {"127.0.0.1", ":9115", "::1:9115", "127.0.0.1:70000", "127.0.0.1:x",
                             "host.example:80", "[127.0.0.1]:80"}) {
    EXPECT_THAT(ErrorsOf(std::string("[probe]\nlisten = \"") + listen + "\"\n"),
                ElementsAre(::testing::HasSubstr("is no ADDRESS:PORT")))
        << listen;
  }
}

TEST(Upstreams, KeepTheirNameAndOrder) {
  const Config config = Loaded(
      "[upstream.b]\ntype = \"jsonl\"\npath = \"-\"\n[upstream.a]\ntype = \"jsonl\"\npath = "
      "\"x\"\n");
  ASSERT_EQ(config.upstreams.size(), 2U);
  EXPECT_EQ(config.upstreams[0].name, "b");
  EXPECT_EQ(config.upstreams[0].jsonl.path, "-");
  EXPECT_EQ(config.upstreams[1].jsonl.path, "x");
}

}  // namespace
}  // namespace gaikei
