/// Basic, bearer and client certificates; what is sent where, and that nothing of it is shown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/io/tls/certificate_maker.h"
#include "checks/io/tls/digest.h"
#include "results/outcome_json.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/nginx.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;
using support::Nginx;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kCanary = "canary-5e1f";

CheckSpec BasicSpec(const std::string& target, const std::string& password = kCanary) {
  CheckSpec spec = HttpSpec(target);
  spec.http.auth.scheme = HttpAuth::Scheme::kBasic;
  spec.http.auth.user = Secret("probe", false);
  spec.http.auth.password = Secret(password);
  return spec;
}

CheckSpec BearerSpec(const std::string& target) {
  CheckSpec spec = HttpSpec(target);
  spec.http.auth.scheme = HttpAuth::Scheme::kBearer;
  spec.http.auth.token = Secret(kCanary);
  return spec;
}

/// Everything that is ever shown of an outcome.
std::string Shown(const CheckSpec& spec, const Observation& seen) {
  Outcome outcome;
  static_cast<Observation&>(outcome) = seen;
  outcome.check = spec.identity;
  return ToJson(outcome, {.verbose = true});
}

TEST(BasicAuthentication, IsSentWithTheFirstRequest) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  EXPECT_EQ(Verdict(RunHttp(BasicSpec(server.Url(), "p:\xc3\xa9 x"))), "pass");
  ASSERT_EQ(server.Requests().size(), 1U);
  EXPECT_EQ(server.Requests()[0].Header("Authorization"), "Basic cHJvYmU6cDrDqSB4");
}

TEST(BasicAuthentication, SatisfiesNginxWithTheRightPasswordAlone) {
  const support::TempDir files;
  const std::string hash = io::EncodeBase64(io::Sha1(kCanary));
  const std::string users = files.Write("users", "probe:{SHA}" + hash + "\n");
  const Nginx nginx({.server = "auth_basic shop;\nauth_basic_user_file " + users +
                               ";\nlocation = /hello { try_files /page =404; }"});
  nginx.root().Write("page", "hello");
  EXPECT_EQ(Verdict(RunHttp(BasicSpec(nginx.Url()))), "pass");
  const Observation refused = RunHttp(BasicSpec(nginx.Url(), "another"));
  EXPECT_EQ(Verdict(refused), "fail expect_status");
  EXPECT_EQ(refused.http->status, 401);
  EXPECT_EQ(Verdict(RunHttp(HttpSpec(nginx.Url()))), "fail expect_status");
}

TEST(BasicAuthentication, TakesNoColonInAUserAndNoLineBreak) {
  CheckSpec spec = BasicSpec("http://127.0.0.1/");
  spec.http.auth.user = Secret("a:b", false);
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("colon"));
  spec = BasicSpec("http://127.0.0.1/");
  spec.http.auth.password = Secret("canary\r\nX: y");
  EXPECT_THAT(WhyNotMade(spec), AllOf(HasSubstr("line break"), Not(HasSubstr("canary"))));
}

TEST(BearerAuthentication, IsSentToTheTargetsOwnOriginAlone) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest&) {
    return HttpResponse{.status = 307, .headers = {{"Location", other.Url("/x")}}};
  });
  EXPECT_EQ(Verdict(RunHttp(BearerSpec(server.Url()))), "pass");
  EXPECT_EQ(server.Requests().at(0).Header("Authorization"), std::string("Bearer ") + kCanary);
  EXPECT_EQ(other.Requests().at(0).Header("Authorization"), "");
}

TEST(BearerAuthentication, IsSentAgainWhenARedirectLeadsBack) {
  std::string back;
  HttpServer other([&](const support::HttpRequest&) {
    return HttpResponse{.status = 302, .headers = {{"Location", back}}};
  });
  HttpServer server([&](const support::HttpRequest& request) {
    if (request.target == "/back") return HttpResponse{};
    return HttpResponse{.status = 302, .headers = {{"Location", other.Url("/x")}}};
  });
  back = server.Url("/back");
  EXPECT_EQ(Verdict(RunHttp(BearerSpec(server.Url()))), "pass");
  EXPECT_EQ(server.Requests().at(1).Header("Authorization"), std::string("Bearer ") + kCanary);
}

TEST(Authentication, IsNeverShownHoweverItIsSentBack) {
  // What a debugging endpoint does: everything that came is sent back, in every place there is.
  HttpServer server([](const support::HttpRequest& request) {
    const std::string sent = request.Header("Authorization");
    const std::string value = sent.substr(sent.find(' ') + 1);
    return HttpResponse{.status = 418,
                        .headers = {{"X-Echo", sent},
                                    {"X-Value", value},
                                    {"X-Plain", kCanary},
                                    {"Location", "/" + value}},
                        .body = sent};
  });
  for (CheckSpec spec : {BasicSpec(server.Url()), BearerSpec(server.Url())}) {
    for (const char* text : {"body == 'x'", "header.x-echo == 'x'", "header.x-value == 'x'",
                             "header.x-plain == 'x'", "json.a == 1"}) {
      spec.expect = {Expect(text)};
      const std::string shown = Shown(spec, RunHttp(spec));
      EXPECT_THAT(shown, Not(HasSubstr(kCanary))) << text;
      EXPECT_THAT(shown, Not(HasSubstr(io::EncodeBase64(std::string("probe:") + kCanary)))) << text;
      EXPECT_THAT(shown, HasSubstr("<secret>")) << text;
    }
  }
}

TEST(Authentication, IsNeverShownInTheTextOfAFailure) {
  HttpServer server([](const support::HttpRequest& request) {
    return HttpResponse{.raw = "HTTP/1.1 2xx " + request.Header("Authorization") + "\r\n\r\n"};
  });
  const CheckSpec spec = BearerSpec(server.Url());
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(seen.status, Status::kFail);
  EXPECT_THAT(Shown(spec, seen), Not(HasSubstr(kCanary)));
}

TEST(ClientCertificate, SatisfiesNginxWhichRefusesAnAttemptWithoutOne) {
  const support::TempDir files;
  const auto root = io::MakeCertificate({.common_name = "root", .is_ca = true});
  const auto client = io::MakeCertificate({.common_name = "probe", .issuer = &root});
  const auto own = io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &root});
  const std::string roots = files.Write("root.pem", root.certificate);
  const Nginx nginx({.server = "ssl_verify_client on;\nssl_client_certificate " + roots +
                               ";\nlocation = /hello { return 200 $ssl_client_s_dn; }",
                     .certificate = own});
  CheckSpec spec = HttpSpec(nginx.SecureUrl());
  spec.tls.cacert = roots;
  const Observation without = RunHttp(spec);
  EXPECT_EQ(Verdict(without), "fail expect_status");
  EXPECT_EQ(without.http->status, 400);

  spec.tls.cert = files.Write("client.pem", client.certificate);
  spec.tls.key = files.Write("client.key", client.key);
  spec.expect = {Expect("body contains 'CN=probe'")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");

  // Beside another scheme: the certificate is the connection's, the token the request's.
  spec.http.auth.scheme = HttpAuth::Scheme::kBearer;
  spec.http.auth.token = Secret(kCanary);
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
}

}  // namespace
}  // namespace gaikei
