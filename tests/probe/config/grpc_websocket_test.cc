#include "probe/config/target.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGrpc = "grpcs://api.shop.example/shop.Cart";
constexpr const char* kWs = "wss://shop.example/live";

/// The errors of a check with these keys, without the file's name.
std::vector<std::string> WrongCall(const std::string& target, const std::string& keys) {
  auto errors = ErrorsOf("[check.c]\ntarget = \"" + target + "\"\n" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml").size());
  return errors;
}

std::string Shown(std::string_view text) {
  const auto target = ParseTarget(text);
  if (!target) return "error: " + target.error();
  return std::string(target->kind->name) + " " + target->shown;
}

TEST(ATargetOfGrpc, HasAPortUnlessItSpeaksTls) {
  EXPECT_EQ(Shown("grpc://cart:50051/shop.Cart"), "grpc grpc://cart:50051/shop.Cart");
  EXPECT_EQ(Shown(kGrpc), std::string("grpc ") + kGrpc);
  EXPECT_EQ(Shown("grpc://cart"), "error: the target has no port; write grpc://host:port");
  EXPECT_EQ(Shown("grpc:cart"), "error: grpc: is followed by //host");
  EXPECT_EQ(Shown("grpcs://a:b@cart"),
            "error: there are credentials, which this kind of check has no use for");
}

TEST(ATargetOfWebSocket, IsAUrlWhoseSecretsAreNotShown) {
  EXPECT_EQ(Shown("ws://shop.example:8080/live?a=b"), "websocket ws://shop.example:8080/live?a=b");
  EXPECT_EQ(Shown("wss://probe:hunter2@shop.example/live?token=hunter2"),
            "websocket wss://shop.example/live?token=<secret>");
  EXPECT_EQ(Shown("wss://shop.example/live#x"), "error: the target takes no fragment");
  EXPECT_EQ(Shown("ws://"), "error: no host in the target");
}

TEST(AGrpcCheck, TakesMetadata) {
  const CheckSpec spec = CheckWith(
      "metadata = { authorization = \"Bearer x\", x-tenant = [\"a\", \"b\"], raw-bin = \"z\" }\n"
      "server_name = \"cart.shop.example\"",
      kGrpc);
  ASSERT_EQ(spec.grpc.metadata.size(), 4U);
  EXPECT_EQ(spec.grpc.metadata[0].first, "authorization");
  EXPECT_TRUE(spec.grpc.metadata[0].second.is_secret());
  EXPECT_EQ(spec.grpc.metadata[2].second.Reveal(), "b");
  EXPECT_FALSE(spec.grpc.metadata[2].second.is_secret());
  EXPECT_EQ(spec.tls.server_name, "cart.shop.example");
}

TEST(AGrpcCheck, RefusesWhatItCannotSend) {
  EXPECT_THAT(WrongCall(kGrpc, "metadata = { X-Tenant = \"a\" }"),
              ElementsAre(HasSubstr("\"X-Tenant\" is no name: lower case letters")));
  EXPECT_THAT(WrongCall(kGrpc, "metadata = { grpc-timeout = \"1S\" }"),
              ElementsAre(HasSubstr("follows from the call and cannot be set")));
  EXPECT_THAT(WrongCall(kGrpc, "alpn = \"h2\""),
              ElementsAre(":3:1: alpn: a grpc check offers h2 and nothing else"));
  EXPECT_THAT(WrongCall("grpc://cart:50051", "cacert = \"x.pem\""),
              ElementsAre(":3:1: cacert goes with a target of grpcs://"));
  EXPECT_THAT(WrongCall(kGrpc, "method = \"GET\""),
              ElementsAre(HasSubstr("no key of a check of kind grpc")));
}

TEST(AWebSocketCheck, TakesWhatItsHandshakeAndItsDialogueNeed) {
  const CheckSpec spec = CheckWith(
      "headers = { X-Token = \"t\" }\nsubprotocols = [\"v2.chat\", \"v1.chat\"]\nping = false\n"
      "dialogue = [{ send = \"hello\" }, { expect = \"^welcome\" }]",
      kWs);
  ASSERT_EQ(spec.http.headers.size(), 1U);
  EXPECT_TRUE(spec.http.headers[0].second.is_secret());
  EXPECT_THAT(spec.websocket.subprotocols, ElementsAre("v2.chat", "v1.chat"));
  EXPECT_FALSE(spec.websocket.pings);
  ASSERT_EQ(spec.websocket.dialogue.size(), 2U);
  EXPECT_EQ(spec.websocket.dialogue[0].what, DialogueStep::What::kSend);
  EXPECT_TRUE(CheckWith("", kWs).websocket.pings);
  EXPECT_THAT(WrongCall("ws://shop.example/", "ping = true"), IsEmpty());
}

TEST(AWebSocketCheck, RefusesWhatItCannotSend) {
  EXPECT_THAT(WrongCall(kWs, "headers = { Upgrade = \"x\" }"),
              ElementsAre(HasSubstr("header \"Upgrade\" follows from the handshake")));
  EXPECT_THAT(WrongCall(kWs, "subprotocols = \"a b\""),
              ElementsAre(":3:16: \"a b\" is no name of a subprotocol"));
  EXPECT_THAT(WrongCall(kWs, "subprotocols = [\"a\", \"a\"]"),
              ElementsAre(":3:22: \"a\" comes twice"));
  EXPECT_THAT(WrongCall(kWs, "dialogue = [{ starttls = true }]"),
              ElementsAre(HasSubstr("starttls is no step of a dialogue over messages")));
  EXPECT_THAT(WrongCall("ws://shop.example/", "insecure = true"),
              ElementsAre(":3:1: insecure goes with a target of wss://"));
}

TEST(FlagsOfGrpcAndWebSocketChecks, AreTheirKeys) {
  CheckFlags flags;
  flags.target = kGrpc;
  flags.metadata = {"x-tenant: probe"};
  auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec) << ::testing::PrintToString(spec.error());
  ASSERT_EQ(spec->grpc.metadata.size(), 1U);
  EXPECT_EQ(spec->grpc.metadata[0].second.Reveal(), "probe");

  flags = {};
  flags.target = kWs;
  flags.headers = {"X-A: b"};
  flags.subprotocols = {"v1"};
  flags.no_ping = true;
  flags.dialogue = {{true, "hi\\n"}, {false, "^yes"}};
  spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec) << ::testing::PrintToString(spec.error());
  EXPECT_EQ(spec->http.headers.size(), 1U);
  EXPECT_THAT(spec->websocket.subprotocols, ElementsAre("v1"));
  EXPECT_FALSE(spec->websocket.pings);
  EXPECT_EQ(spec->websocket.dialogue[0].text.Reveal(), "hi\n");

  flags = {};
  flags.target = "https://shop.example/";
  flags.metadata = {"a: b"};
  spec = CheckFromFlags(flags);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error(),
              ElementsAre("--metadata: metadata is no key of a check of kind http: grpc"));
}

}  // namespace
}  // namespace gaikei
