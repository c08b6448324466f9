#include "probe/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What `gaikei check ARGS...` reads as.
CliResult CheckCommand(std::vector<std::string> args) {
  args.insert(args.begin(), {"gaikei", "check"});
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  return ReadCommandLine(static_cast<int>(argv.size()), argv.data());
}

CheckFlags FlagsOf(std::vector<std::string> args) {
  auto result = CheckCommand(std::move(args));
  if (!result.line) {
    ADD_FAILURE() << "refused with " << result.exit_code;
    return {};
  }
  return std::move(result.line->flags);
}

TEST(TheCommandLine, TakesTheKeysOfTlsAsFlags) {
  const CheckFlags flags =
      FlagsOf({"tls://a", "--starttls", "smtp", "--server-name", "b", "--alpn", "h2", "--alpn",
               "http/1.1", "--min-version", "1.2", "--max-version", "1.3", "--ciphers", "HIGH",
               "--ignore-lint", "expires_soon", "--all-addresses"});
  EXPECT_EQ(flags.starttls, "smtp");
  EXPECT_EQ(flags.server_name, "b");
  EXPECT_THAT(flags.alpn, ElementsAre("h2", "http/1.1"));
  EXPECT_EQ(flags.min_version, "1.2");
  EXPECT_EQ(flags.max_version, "1.3");
  EXPECT_EQ(flags.ciphers, "HIGH");
  EXPECT_THAT(flags.ignore_lints, ElementsAre("expires_soon"));
  EXPECT_TRUE(flags.all_addresses);
}

TEST(TheCommandLine, TakesTheKeysOfDnsAsFlags) {
  const CheckFlags flags = FlagsOf({"--servers", "192.0.2.1", "--servers", "192.0.2.2", "dns:a",
                                    "--transport", "tcp", "--dnssec", "validate", "--trust-anchor",
                                    "k", "--nsid", "--ecs", "192.0.2.0/24", "--no-recursion"});
  EXPECT_THAT(flags.servers, ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(flags.transport, "tcp");
  EXPECT_EQ(flags.dnssec, "validate");
  EXPECT_EQ(flags.trust_anchor, "k");
  EXPECT_TRUE(flags.nsid);
  EXPECT_EQ(flags.ecs, "192.0.2.0/24");
  EXPECT_TRUE(flags.no_recursion);
}

TEST(TheCommandLine, KeepsTheOrderOfADialogue) {
  const CheckFlags flags = FlagsOf({"tcp://a:25", "--receive", "^220", "--send", "EHLO me\\r\\n",
                                    "--send", "x", "--receive=^250", "--tls"});
  ASSERT_EQ(flags.dialogue.size(), 4U);
  EXPECT_FALSE(flags.dialogue[0].is_send);
  EXPECT_EQ(flags.dialogue[0].text, "^220");
  EXPECT_TRUE(flags.dialogue[1].is_send);
  EXPECT_EQ(flags.dialogue[1].text, "EHLO me\\r\\n");
  EXPECT_TRUE(flags.dialogue[2].is_send);
  EXPECT_FALSE(flags.dialogue[3].is_send);
  EXPECT_EQ(flags.dialogue[3].text, "^250");
  EXPECT_TRUE(flags.tls);
}

TEST(TheCommandLine, TakesHowManyEchoRequestsAndAddresses) {
  const CheckFlags flags = FlagsOf({"icmp://a", "--icmp-count", "5", "--addresses", "first"});
  EXPECT_EQ(flags.icmp_count, "5");
  EXPECT_EQ(flags.addresses, "first");
}

TEST(TheCommandLine, RefusesFlagsThatExcludeEachOther) {
  const auto result = CheckCommand({"a", "--addresses", "any", "--all-addresses"});
  EXPECT_FALSE(result.line);
  EXPECT_EQ(result.exit_code, 2);
}

TEST(TheCommandLine, NamesEveryFormOfATarget) {
  const std::string help = HelpText("check");
  for (const char* form : {"https://host[:port]/path", "tls://host[:port]", "dns:NAME?type=MX",
                           "tcp://host:port", "icmp://host"}) {
    EXPECT_THAT(help, HasSubstr(form));
  }
}

}  // namespace
}  // namespace gaikei
