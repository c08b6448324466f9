/// AWS Signature Version 4: the vectors of AWS's own test suite, and a server that computes the
/// signature by code of its own from what has come.

#include "checks/http/aws_sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <map>

#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;
using testing::EndsWith;
using testing::HasSubstr;

HttpAuth ExampleAuth() {
  HttpAuth auth;
  auth.scheme = HttpAuth::Scheme::kAwsSigV4;
  auth.access_key = Secret("AKIDEXAMPLE", false);
  auth.secret_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  auth.aws_region = "us-east-1";
  auth.aws_service = "service";
  return auth;
}

/// 2015-08-30T12:36:00Z, which every vector was made at.
const WallTime kThen{std::chrono::seconds(1440938160)};

std::string Authorization(const std::vector<std::pair<std::string, Secret>>& fields) {
  for (const auto& [name, value] : fields) {
    if (name == "Authorization") return std::string(value.Reveal());
  }
  return {};
}

struct Vector {
  std::string name;
  std::string method;
  std::string path;
  std::string query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string body;
  std::string signature;
};

TEST(AwsSignature, IsThatOfTheTestSuite) {
  const std::vector<Vector> vectors = {
      {"get-vanilla",
       "GET",
       "/",
       "",
       {},
       "",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key-case",
       "GET",
       "/",
       "Param2=value2&Param1=value1",
       {},
       "",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-unreserved",
       "GET",
       "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       "",
       {},
       "",
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"post-vanilla",
       "POST",
       "/",
       "",
       {},
       "",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"post-x-www-form-urlencoded",
       "POST",
       "/",
       "",
       {{"Content-Type", "application/x-www-form-urlencoded"}},
       "Param1=value1",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
  };
  for (const Vector& v : vectors) {
    const std::string field =
        Authorization(SignForAws(ExampleAuth(), {v.method, v.path, v.query, "example.amazonaws.com",
                                                 v.headers, v.body, kThen}));
    EXPECT_THAT(field, EndsWith("Signature=" + v.signature)) << v.name;
    EXPECT_THAT(field, HasSubstr("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"));
  }
}

TEST(AwsSignature, IsThatOfTheManualForIam) {
  HttpAuth auth = ExampleAuth();
  auth.aws_service = "iam";
  const std::string field = Authorization(
      SignForAws(auth, {"GET",
                        "/",
                        "Action=ListUsers&Version=2010-05-08",
                        "iam.amazonaws.com",
                        {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                        "",
                        kThen}));
  EXPECT_THAT(field, HasSubstr("SignedHeaders=content-type;host;x-amz-date,"));
  EXPECT_THAT(field, EndsWith("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"));
}

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  return hex;
}

std::string Sha(const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes, &size, EVP_sha256(), nullptr);
  return Hex(std::string(reinterpret_cast<char*>(bytes), size));
}

std::string Mac(const std::string& key, const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
  return std::string(reinterpret_cast<char*>(bytes), size);
}

/// What AWS does with a request whose path and query need no rewriting beyond what is written here.
struct Expectation {
  std::string path;   ///< canonical
  std::string query;  ///< canonical
};

/// True for a request whose signature is right.
bool Verify(const support::HttpRequest& request, const Expectation& expectation) {
  const std::string field = request.Header("Authorization");
  const std::string mark = "SignedHeaders=";
  const std::size_t at = field.find(mark) + mark.size();
  const std::string names = field.substr(at, field.find(',', at) - at);
  std::string lines;
  for (std::size_t i = 0; i < names.size();) {
    const std::size_t end = std::min(names.find(';', i), names.size());
    const std::string name = names.substr(i, end - i);
    lines += name + ":" + request.Header(name) + "\n";
    i = end + 1;
  }
  const std::string time = request.Header("X-Amz-Date");
  const std::string scope = time.substr(0, 8) + "/us-east-1/service/aws4_request";
  const std::string canonical = request.method + "\n" + expectation.path + "\n" +
                                expectation.query + "\n" + lines + "\n" + names + "\n" +
                                Sha(request.body);
  const std::string text = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Sha(canonical);
  const std::string secret(ExampleAuth().secret_key.Reveal());
  const std::string key = Mac(
      Mac(Mac(Mac("AWS4" + secret, time.substr(0, 8)), "us-east-1"), "service"), "aws4_request");
  return names.find("host") != std::string::npos && field.ends_with(Hex(Mac(key, text)));
}

TEST(AwsSignature, IsRightForWhatIsReallySent) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  CheckSpec spec = HttpSpec(server.Url("/a%20b//c(d)?z=1&a=%2f&a=b+c&empty&%7E=x"));
  spec.http.auth = ExampleAuth();
  spec.http.auth.session_token = Secret("canary-session");
  spec.http.method = "PUT";
  spec.http.has_body = true;
  spec.http.body = Secret("payload", false);
  spec.http.headers.emplace_back("Content-Type", Secret("text/plain;  x=1", false));
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  ASSERT_EQ(server.Requests().size(), 1U);
  support::HttpRequest request = server.Requests()[0];
  EXPECT_EQ(request.Header("X-Amz-Security-Token"), "canary-session");
  EXPECT_THAT(request.Header("Authorization"), HasSubstr("x-amz-security-token"));
  for (auto& [name, value] : request.headers) {
    if (name == "Content-Type") value = "text/plain; x=1";  // several blanks count as one
  }
  EXPECT_TRUE(Verify(request, {"/a%2520b/c%28d%29", "a=%2F&a=b%20c&empty=&z=1&~=x"}))
      << request.Header("Authorization");
  request.body += "!";
  EXPECT_FALSE(Verify(request, {"/a%2520b/c%28d%29", "a=%2F&a=b%20c&empty=&z=1&~=x"}));
}

TEST(AwsSignature, IsMadeAnewForEveryRequestToTheTargetsOrigin) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest& request) {
    const std::string next = request.target == "/" ? "/next" : other.Url("/x");
    return HttpResponse{.status = 307, .headers = {{"Location", next}}};
  });
  CheckSpec spec = HttpSpec(server.Url("/"));
  spec.http.auth = ExampleAuth();
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(Verify(requests[0], {"/", ""}));
  EXPECT_TRUE(Verify(requests[1], {"/next", ""}));
  EXPECT_EQ(other.Requests().at(0).Header("Authorization"), "");
  EXPECT_EQ(other.Requests().at(0).Header("X-Amz-Date"), "");
}

TEST(AwsSignature, CoversTheBodyHashForS3) {
  HttpAuth auth = ExampleAuth();
  auth.aws_service = "s3";
  const auto fields =
      SignForAws(auth, {"GET", "/a%20b", "", "bucket.s3.amazonaws.com", {}, "", kThen});
  EXPECT_THAT(Authorization(fields), HasSubstr("host;x-amz-content-sha256;x-amz-date"));
  const auto it = std::find_if(fields.begin(), fields.end(), [](const auto& field) {
    return field.first == "X-Amz-Content-Sha256";
  });
  ASSERT_NE(it, fields.end());
  EXPECT_EQ(it->second.Reveal(), Sha(""));
}

}  // namespace
}  // namespace gaikei
