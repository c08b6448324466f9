/// Digest authentication against a server that follows RFC 7616 by code of its own.

#include "checks/http/digest_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <atomic>
#include <map>
#include <set>

#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;
using testing::Not;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::string Hash(const EVP_MD* algorithm, const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes, &size, algorithm, nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    hex += digits;
  }
  return hex;
}

/// name=value and name="value" of an Authorization field.
std::map<std::string, std::string> Parameters(const std::string& field) {
  std::map<std::string, std::string> all;
  std::size_t at = field.find(' ') + 1;
  while (at < field.size()) {
    const std::size_t equals = field.find('=', at);
    const std::string name = field.substr(at, equals - at);
    std::size_t end = 0;
    if (field[equals + 1] == '"') {
      for (end = equals + 2; field[end] != '"'; ++end) {
        if (field[end] == '\\') ++end;
        all[name] += field[end];
      }
      ++end;
    } else {
      end = std::min(field.find(',', equals), field.size());
      all[name] = field.substr(equals + 1, end - equals - 1);
    }
    at = end + 2;
  }
  return all;
}

/// A server with one user, "probe" with the password "canary-pass", and nonces "n0", "n1" ...
class DigestServer {
 public:
  struct Options {
    std::string algorithm = "MD5";  ///< as it is asked for; empty: it is left out
    const EVP_MD* hash = EVP_md5();
    std::string qop = "auth";
    bool closes = false;      ///< the connection, after each answer
    int uses_of_nonce = 100;  ///< before it is stale
    bool says_stale = true;
    std::string before = {};  ///< another field with a challenge
  };
  explicit DigestServer(Options options)
      : options_(std::move(options)),
        server_([this](const support::HttpRequest& request) { return Answer(request); }) {}

  const HttpServer& http() const { return server_; }

 private:
  HttpResponse Challenge(bool is_stale) {
    ++nonce_;
    uses_ = 0;
    std::string value = "Digest realm=\"the \\\"shop\\\"\", nonce=\"n" + std::to_string(nonce_) +
                        "\", opaque=\"o=,1\"";
    if (!options_.algorithm.empty()) value += ", algorithm=" + options_.algorithm;
    if (!options_.qop.empty()) value += ", qop=\"" + options_.qop + "\"";
    if (is_stale && options_.says_stale) value += ", stale=true";
    support::HttpHeaders headers;
    if (!options_.before.empty()) headers.emplace_back("WWW-Authenticate", options_.before);
    headers.emplace_back("WWW-Authenticate", value);
    return HttpResponse{
        .status = 401, .headers = headers, .body = "who?", .close = options_.closes};
  }
  HttpResponse Answer(const support::HttpRequest& request) {
    const std::string field = request.Header("Authorization");
    if (!field.starts_with("Digest ")) return Challenge(false);
    auto given = Parameters(field);
    if (given["nonce"] != "n" + std::to_string(nonce_)) return Challenge(true);
    if (++uses_ > options_.uses_of_nonce) return Challenge(true);
    const auto hash = [this](const std::string& text) { return Hash(options_.hash, text); };
    std::string a1 = hash("probe:the \"shop\":canary-pass");
    if (options_.algorithm.ends_with("-sess")) {
      a1 = hash(a1 + ":" + given["nonce"] + ":" + given["cnonce"]);
    }
    const std::string a2 = hash(request.method + ":" + request.target);
    const std::string middle =
        options_.qop.empty() ? given["nonce"]
                             : given["nonce"] + ":" + given["nc"] + ":" + given["cnonce"] + ":auth";
    char count[9];
    std::snprintf(count, sizeof count, "%08x", static_cast<unsigned>(uses_));
    const bool is_right = given["response"] == hash(a1 + ":" + middle + ":" + a2) &&
                          given["uri"] == request.target && given["opaque"] == "o=,1" &&
                          (options_.qop.empty() || given["nc"] == count);
    if (!is_right) return Challenge(false);
    if (request.target == "/moved") {
      return HttpResponse{.status = 302, .headers = {{"Location", "/home"}}};
    }
    return HttpResponse{.body = "welcome", .close = options_.closes};
  }

  const Options options_;
  std::atomic<int> nonce_{-1};
  std::atomic<int> uses_{0};
  HttpServer server_;
};

CheckSpec DigestSpec(const std::string& target, const std::string& password = "canary-pass") {
  CheckSpec spec = HttpSpec(target);
  spec.http.auth.scheme = HttpAuth::Scheme::kDigest;
  spec.http.auth.user = Secret("probe", false);
  spec.http.auth.password = Secret(password);
  return spec;
}

TEST(DigestAuthentication, AnswersTheQuestionOnTheConnectionThatItCameOn) {
  const DigestServer server({});
  CheckSpec spec = DigestSpec(server.http().Url("/a?b=1&c=%20"));
  spec.expect = {Expect("body == 'welcome'")};
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->status, 200);
  EXPECT_EQ(seen.http->is_reused, false);
  EXPECT_THAT(seen.http->notes, testing::Contains(HasSubstr("digest")));
  const auto requests = server.http().Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].Header("Authorization"), "");
  EXPECT_EQ(requests[1].connection, requests[0].connection);
}

TEST(DigestAuthentication, DialsAgainWhereTheServerClosesAfterItsQuestion) {
  const DigestServer server({.closes = true});
  const Observation seen = RunHttp(DigestSpec(server.http().Url()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(server.http().connections(), 2U);
}

TEST(DigestAuthentication, KnowsTheAlgorithms) {
  struct Case {
    std::string algorithm;
    const EVP_MD* hash;
    std::string qop;
  };
  for (const Case& c : {Case{"SHA-256", EVP_sha256(), "auth"}, Case{"", EVP_md5(), "auth-int,auth"},
                        Case{"MD5", EVP_md5(), ""}, Case{"MD5-sess", EVP_md5(), "auth"},
                        Case{"SHA-256-sess", EVP_sha256(), "auth"}}) {
    const DigestServer server({.algorithm = c.algorithm, .hash = c.hash, .qop = c.qop});
    EXPECT_EQ(Verdict(RunHttp(DigestSpec(server.http().Url()))), "pass") << c.algorithm << c.qop;
  }
}

TEST(DigestAuthentication, PrefersTheStrongerOfTwoQuestions) {
  const DigestServer server(
      {.algorithm = "SHA-256",
       .hash = EVP_sha256(),
       .before = "Basic realm=\"x, y\", Digest realm=\"r\", nonce=\"n\", qop=\"auth\""});
  EXPECT_EQ(Verdict(RunHttp(DigestSpec(server.http().Url()))), "pass");
}

TEST(DigestAuthentication, AnswersAgainWhereTheNonceWasStale) {
  const DigestServer server({.uses_of_nonce = 0});
  // Never satisfied: asked twice, answered twice, and no more.
  const Observation seen = RunHttp(DigestSpec(server.http().Url()));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(server.http().Requests().size(), 3U);
}

TEST(DigestAuthentication, IsJudgedByTheLastAnswerWhereThePasswordIsWrong) {
  const DigestServer server({});
  const Observation seen = RunHttp(DigestSpec(server.http().Url(), "wrong"));
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.http->status, 401);
  EXPECT_EQ(server.http().Requests().size(), 2U);
  EXPECT_THAT(seen.http->notes, testing::Contains(HasSubstr("refused")));
}

TEST(DigestAuthentication, CountsTheUsesOfItsNonceOverRedirects) {
  const DigestServer server({});
  EXPECT_EQ(Verdict(RunHttp(DigestSpec(server.http().Url("/moved")))), "pass");
  // The second page is asked for with the nonce that is known.
  EXPECT_EQ(server.http().Requests().size(), 3U);
}

TEST(DigestAuthentication, SendsTheBodyWithBothRequests) {
  const DigestServer server({});
  CheckSpec spec = DigestSpec(server.http().Url());
  spec.http.has_body = true;
  spec.http.body = Secret("payload", false);
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  EXPECT_EQ(server.http().Requests().at(1).method, "POST");
  EXPECT_EQ(server.http().Requests().at(1).body, "payload");
}

TEST(DigestAuthentication, SendsNothingToAServerThatDoesNotAsk) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  EXPECT_EQ(Verdict(RunHttp(DigestSpec(server.Url()))), "pass");
  ASSERT_EQ(server.Requests().size(), 1U);
  EXPECT_EQ(server.Requests()[0].Header("Authorization"), "");
}

TEST(DigestAuthentication, SaysWhyAQuestionHasNoAnswer) {
  for (const auto& [challenge, why] : std::vector<std::pair<std::string, std::string>>{
           {"Basic realm=\"x\"", "asks for no digest"},
           {"Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256", "by SHA-512-256"},
           {"Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", "without qop=auth"},
           {"Digest realm=\"x\"", "without a nonce"},
           {"Digest realm=\"x\", nonce=\"a\rb\"", "control characters"}}) {
    std::string told;
    EXPECT_FALSE(FindDigestChallenge(Fields{{"WWW-Authenticate", challenge}}, told));
    EXPECT_THAT(told, HasSubstr(why)) << challenge;
  }
}

TEST(DigestAuthentication, ReadsWhateverAServerWrites) {
  std::string why;
  for (const std::string text :
       {"", ",,,", "=", "\"", "Digest", "Digest =", "Digest realm", "Digest realm=\"", "Digest \\",
        "Negotiate abc==, Digest", "Digest , , ,"}) {
    EXPECT_FALSE(FindDigestChallenge(Fields{{"www-authenticate", text}}, why)) << text;
  }
}

TEST(DigestAuthentication, IsThatOfTheExamplesOfRfc7616) {
  const Secret user("Mufasa", false);
  const Secret password("Circle of Life");
  const DigestRequest request{.user = user,
                              .password = password,
                              .method = "GET",
                              .uri = "/dir/index.html",
                              .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                              .count = 1};
  const std::string common =
      "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
      "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", algorithm=";
  std::string why;
  const auto md5 = FindDigestChallenge(Fields{{"WWW-Authenticate", common + "MD5"}}, why);
  ASSERT_TRUE(md5) << why;
  EXPECT_THAT(std::string(AnswerDigest(*md5, request).Reveal()),
              HasSubstr("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
  const auto sha = FindDigestChallenge(Fields{{"WWW-Authenticate", common + "SHA-256"}}, why);
  ASSERT_TRUE(sha) << why;
  EXPECT_THAT(
      std::string(AnswerDigest(*sha, request).Reveal()),
      HasSubstr("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
}

}  // namespace
}  // namespace gaikei
