#include <gtest/gtest.h>

#include <string>

#include "otlp_rig.h"
#include "results/upstream/otlp/answer_messages.h"
#include "results/upstream/otlp/answers.h"
#include "results/upstream/otlp/grpc_frame.h"

namespace gaikei::otlp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::GrpcAnswer;
using testing::HttpAnswer;
using Kind = Verdict::Kind;

AnswerContext Context() {
  AnswerContext context;
  context.samples = 10;
  context.now = testing::Epoch();
  return context;
}

Verdict Read(const PostResponse& response) { return ReadGrpcAnswer(response, Context()); }

/// google.rpc.Status{code 8, message "slow", details RetryInfo{7.5 s}}, without padding.
constexpr const char* kRetryInfo =
    "CAgSBHNsb3caNgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIKCggIBxCAyrXuAQ";

PostResponse WithDetails(const std::string& status, const std::string& details) {
  PostResponse response = GrpcAnswer(status);
  response.headers.emplace_back("grpc-status-details-bin", details);
  return response;
}

TEST(OtlpGrpcAnswer, FollowsTheTableOfTheSpecification) {
  const std::pair<const char*, Kind> table[] = {
      {"0", Kind::kTaken},      {"1", Kind::kRetry},      {"2", Kind::kRefused},
      {"3", Kind::kRefused},    {"4", Kind::kRetry},      {"5", Kind::kRefused},
      {"6", Kind::kRefused},    {"7", Kind::kForbidden},  {"8", Kind::kTooLarge},
      {"9", Kind::kRefused},    {"10", Kind::kRetry},     {"11", Kind::kRetry},
      {"12", Kind::kForbidden}, {"13", Kind::kRefused},   {"14", Kind::kRetry},
      {"15", Kind::kRetry},     {"16", Kind::kForbidden}, {"17", Kind::kRefused},
      {"264", Kind::kRefused},  {"99999", Kind::kRefused}};
  for (const auto& [status, kind] : table) {
    EXPECT_EQ(Read(GrpcAnswer(status)).kind, kind) << status;
  }
}

TEST(OtlpGrpcAnswer, IsForbiddenByWhatSpeaksNoHttp2) {
  PostResponse response;
  response.error = "the server does not speak HTTP/2";
  EXPECT_EQ(Read(response).kind, Kind::kRetry);
  response.is_no_http2 = true;
  EXPECT_EQ(Read(response).kind, Kind::kForbidden);
  EXPECT_EQ(Read(response).message, response.error);
}

TEST(OtlpGrpcAnswer, RetriesExhaustionWhereTheServerSaysWhen) {
  const Verdict verdict = Read(WithDetails("8", kRetryInfo));
  EXPECT_EQ(verdict.kind, Kind::kRetry);
  EXPECT_EQ(verdict.retry_after, milliseconds(7500));
  // Padded, as some do.
  EXPECT_EQ(Read(WithDetails("14", std::string(kRetryInfo) + "=")).retry_after, milliseconds(7500));
  EXPECT_EQ(Read(WithDetails("8", "!!!!")).kind, Kind::kTooLarge);
  EXPECT_EQ(Read(WithDetails("8", "CAgSBHNsb3c")).kind, Kind::kTooLarge);  // no details
  EXPECT_FALSE(Read(WithDetails("13", kRetryInfo)).retry_after);
}

TEST(OtlpGrpcAnswer, CapsWhatIsAskedFor) {
  // seconds: 9223372036854775807 nanos: 2147483647
  EXPECT_EQ(Read(WithDetails("14",
                             "CAgSBHNsb3caPgoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mb"
                             "xISChAI//////////9/EP////8H"))
                .retry_after,
            std::chrono::minutes(5));
  // seconds: -5 nanos: 0
  EXPECT_EQ(Read(WithDetails("14",
                             "CAgSBHNsb3caOwoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mb"
                             "xIPCg0I+///////////ARAA"))
                .retry_after,
            Span(0));
}

TEST(OtlpGrpcAnswer, ShowsTheMessageDecodedEscapedAndBounded) {
  EXPECT_EQ(Read(GrpcAnswer("3", "bad%20name%0a%1b%e2%9c%93")).message,
            "gRPC 3 INVALID_ARGUMENT: bad name\\x0a\\x1b\u2713");
  EXPECT_EQ(Read(GrpcAnswer("99")).message, "gRPC 99 UNRECOGNISED");
  EXPECT_LT(Read(GrpcAnswer("3", std::string(100000, 'x'))).message.size(), 300U);
}

TEST(OtlpGrpcAnswer, CountsWhatAPartialSuccessRejects) {
  const std::string said = GrpcFrame("\x0a\x08\x08\x03\x12\x04late", false);
  const Verdict verdict = Read(GrpcAnswer("0", "", said));
  EXPECT_EQ(verdict.kind, Kind::kTaken);
  EXPECT_EQ(verdict.rejected, 3U);
  EXPECT_EQ(verdict.message, "3 data points rejected: late");
  EXPECT_EQ(Read(GrpcAnswer("0")).message, "");
}

TEST(OtlpGrpcAnswer, SaysSoWhereASuccessCannotBeRead) {
  for (const std::string& body :
       {std::string(), std::string(4, '\0'), GrpcFrame("x", true), GrpcFrame("\xff", false),
        GrpcFrame("", false) + "x", std::string("\0\xff\xff\xff\xff", 5)}) {
    const Verdict verdict = Read(GrpcAnswer("0", "", body));
    EXPECT_EQ(verdict.kind, Kind::kTaken);
    EXPECT_NE(verdict.message.find("cannot be read"), std::string::npos);
  }
}

TEST(OtlpGrpcAnswer, TakesAnHttpStatusForTheCodeItStandsFor) {
  const std::pair<int, Kind> table[] = {
      {400, Kind::kRefused},   {401, Kind::kForbidden}, {403, Kind::kForbidden},
      {404, Kind::kForbidden}, {405, Kind::kForbidden}, {413, Kind::kTooLarge},
      {429, Kind::kRetry},     {500, Kind::kRefused},   {502, Kind::kRetry},
      {503, Kind::kRetry},     {504, Kind::kRetry},     {302, Kind::kForbidden}};
  for (const auto& [status, kind] : table) {
    EXPECT_EQ(Read(HttpAnswer(status, "text/html", "<html>")).kind, kind) << status;
  }
  PostResponse busy = HttpAnswer(503);
  busy.headers.emplace_back("retry-after", "9");
  EXPECT_EQ(Read(busy).retry_after, seconds(9));
  AnswerContext context = Context();
  context.retry_statuses = {500};
  EXPECT_EQ(ReadGrpcAnswer(HttpAnswer(500), context).kind, Kind::kRetry);
}

TEST(OtlpGrpcAnswer, KeepsWhatSomethingElseThanAReceiverHasAnswered) {
  EXPECT_EQ(Read(HttpAnswer(200, "text/html", "<html>")).kind, Kind::kForbidden);
  EXPECT_EQ(Read(HttpAnswer(200, "application/grpc-web", "")).kind, Kind::kForbidden);
  EXPECT_EQ(Read(HttpAnswer(200)).kind, Kind::kForbidden);
}

TEST(OtlpGrpcAnswer, TriesAgainWhereTheAnswerEndsWithoutAStatus) {
  EXPECT_EQ(Read(HttpAnswer(200, "application/grpc", "")).kind, Kind::kRetry);
  for (const char* status : {"x", "-1", "0x0", " 0", "100000"}) {
    EXPECT_EQ(Read(GrpcAnswer(status)).kind, Kind::kRetry) << status;
  }
  PostResponse none;
  none.error = "timed out";
  EXPECT_EQ(Read(none).kind, Kind::kRetry);
  EXPECT_EQ(Read(none).message, "timed out");
}

TEST(OtlpGrpcFrame, PutsFlagAndLengthBeforeAMessage) {
  EXPECT_EQ(GrpcFrame("abc", false), std::string("\0\0\0\0\3abc", 8));
  EXPECT_EQ(GrpcFrame(std::string(0x010203, 'x'), true).substr(0, 5), std::string("\1\0\1\2\3", 5));
  EXPECT_EQ(UnframeGrpc(GrpcFrame("abc", false)), "abc");
}

TEST(OtlpGrpcFrame, WritesTimeoutsInEightDigitsAtMost) {
  EXPECT_EQ(GrpcTimeout(seconds(10)), "10000m");
  EXPECT_EQ(GrpcTimeout(Span(1)), "1m");
  EXPECT_EQ(GrpcTimeout(milliseconds(99'999'999)), "99999999m");
  EXPECT_EQ(GrpcTimeout(milliseconds(100'000'000)), "100000S");
}

TEST(OtlpBase64, ReadsBothAlphabetsWithAndWithoutPadding) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("Zg"), "f");
  EXPECT_EQ(DecodeBase64("Zg=="), "f");
  EXPECT_EQ(DecodeBase64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(DecodeBase64("-_8"), DecodeBase64("+/8"));
  EXPECT_FALSE(DecodeBase64("Z"));
  EXPECT_FALSE(DecodeBase64("Zm 9"));
}

}  // namespace
}  // namespace gaikei::otlp
