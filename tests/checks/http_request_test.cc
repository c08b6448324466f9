/// What an http check can ask beside method, headers and body, against servers that tell what they
/// were asked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "checks/http/trace_context.h"
#include "checks/io/http/curl_features.h"
#include "checks/io/tls/certificate_maker.h"
#include "results/outcome_json.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/nginx.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;
using testing::MatchesRegex;

HttpResponse RedirectWith(const std::string& location, int status = 302) {
  return HttpResponse{.status = status, .headers = {{"Location", location}}};
}

TEST(HttpCookies, ThatAreGivenAreSentFromTheFirstRequestOn) {
  HttpServer server([](const support::HttpRequest& request) {
    return request.target == "/" ? RedirectWith("/in") : HttpResponse{};
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.cookies = {{"sid", Secret("abc")}, {"lang", Secret("ja", false)}};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].Header("Cookie"), "sid=abc; lang=ja");
  EXPECT_EQ(requests[1].Header("Cookie"), "sid=abc; lang=ja");
}

TEST(HttpCookies, ThatTheTargetSetsTakeThePlaceOfThoseGiven) {
  HttpServer server([](const support::HttpRequest& request) {
    HttpResponse response = RedirectWith(request.target == "/" ? "/two" : "/three");
    if (request.target == "/") response.headers.emplace_back("Set-Cookie", "sid=new; Path=/");
    if (request.target == "/two") {
      response.headers.emplace_back("Set-Cookie", "sid=; Path=/; Max-Age=0");
    }
    return request.target == "/three" ? HttpResponse{} : response;
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.cookies = {{"sid", Secret("old")}, {"lang", Secret("ja", false)}};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].Header("Cookie"), "sid=old; lang=ja");
  EXPECT_EQ(requests[1].Header("Cookie"), "sid=new; lang=ja");
  EXPECT_EQ(requests[2].Header("Cookie"), "lang=ja");  // one that was taken away stays away
}

TEST(HttpCookies, ThatAreGivenStayAtTheTargetsOrigin) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest&) { return RedirectWith(other.Url("/x")); });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.cookies = {{"lang", Secret("ja", false)}};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  ASSERT_EQ(other.Requests().size(), 1U);  // the same host, another port
  EXPECT_EQ(other.Requests()[0].Header("Cookie"), "");
}

TEST(HttpCookies, AreNotKeptWhereNoneAreWanted) {
  HttpServer server([](const support::HttpRequest& request) {
    HttpResponse response = request.target == "/" ? RedirectWith("/in") : HttpResponse{};
    response.headers.emplace_back("Set-Cookie", "session=42; Path=/");
    return response;
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.keeps_cookies = false;
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  ASSERT_EQ(server.Requests().size(), 2U);
  EXPECT_EQ(server.Requests()[1].Header("Cookie"), "");
}

TEST(HttpCookies, OfAThousandLinesFailTheAnswerAndNotUs) {
  HttpServer server([](const support::HttpRequest&) {
    HttpResponse response = RedirectWith("/");
    for (int i = 0; i < 180; ++i) {
      response.headers.emplace_back(
          "Set-Cookie", "c" + std::to_string(i) + "=" + std::string(200, 'x') + "; Path=/");
    }
    return response;
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.max_redirects = 50;
  EXPECT_EQ(RunHttp(spec).reason, Reason::kTooLarge);
  for (const auto& request : server.Requests()) EXPECT_LE(request.Header("Cookie").size(), 8200U);
}

TEST(HttpCookies, ThatCannotBeSentAreRefusedWithoutTheirValue) {
  for (const auto& [name, value] : {std::pair("a b", "v"),
                                    {"", "v"},
                                    {"a=b", "v"},
                                    {"a", "x;canary"},
                                    {"a", "canary\r\nX: y"},
                                    {"a;b", "v"}}) {
    CheckSpec spec = HttpSpec("http://127.0.0.1:1/");
    spec.http.cookies = {{name, Secret(value)}};
    EXPECT_THAT(WhyNotMade(spec), HasSubstr("cookie")) << name;
    EXPECT_EQ(WhyNotMade(spec).find("canary"), std::string::npos);
  }
}

TEST(SecretsOfABody, ThatComeBackOneByOneAreNotShown) {
  HttpServer server([](const support::HttpRequest&) {
    return HttpResponse{.headers = {{"X-Echo", "wrong: canary-7"}}, .body = "wrong: canary-7"};
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.expect = {Expect("body == 'x'")};
  spec.http.has_body = true;
  const auto shows = [&](BodyFormat format, const std::string& body) {
    spec.http.body_format = format;
    spec.http.body = Secret(body);
    const Observation seen = RunHttp(spec);
    EXPECT_EQ(seen.reason, Reason::kExpectBody);
    std::string all = seen.message;
    for (const ExpectResult& result : seen.expect) all += result.actual;
    for (const auto& [name, value] : seen.http->headers) all += value;
    return all.find("canary-7") != std::string::npos;
  };
  EXPECT_FALSE(shows(BodyFormat::kJson, R"({"user":"me","deep":[{"password":"canary\u002d7"}]})"));
  EXPECT_FALSE(shows(BodyFormat::kForm, "user=me&password=canary%2D7"));
  EXPECT_FALSE(
      shows(BodyFormat::kMultipart,
            "--b\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\ncanary-7\r\n--b--\r\n"));
  EXPECT_FALSE(shows(BodyFormat::kRaw, R"(["canary-7"])"));
  EXPECT_TRUE(shows(BodyFormat::kRaw, "something else"));
}

TEST(SecretsOfARequest, ThatComeBackEscapedOrAreCutOffAreNotShown) {
  std::string answer;
  HttpServer server([&](const support::HttpRequest&) { return HttpResponse{.body = answer}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.expect = {Expect("body == 'x'")};
  const auto shows = [&](const std::string& secret, const std::string& body) {
    answer = body;
    spec.http.headers = {{"X-Own", Secret(secret)}};
    const Observation seen = RunHttp(spec);
    EXPECT_EQ(seen.reason, Reason::kExpectBody);
    return seen.message.find("canary") != std::string::npos ||
           seen.expect.front().actual.find("canary") != std::string::npos;
  };
  const std::string token = "canary" + std::string(600, '7');
  EXPECT_FALSE(shows(token, token));
  EXPECT_FALSE(shows(token, std::string(100, '.') + token));
  EXPECT_FALSE(shows(token, std::string(246, '.') + token));
  EXPECT_FALSE(shows("canary\"7", R"({"sent":"canary\"7"})"));
  EXPECT_FALSE(shows("canary\xc3\xa9", R"({"sent":"canary\u00e9"})"));
  EXPECT_FALSE(shows("canary\xe2\x80\xae", "canary\xe2\x80\xae"));
  EXPECT_TRUE(shows(token, "canary6"));
}

TEST(SecretsOfAQuery, ThatComeBackAreNotShown) {
  HttpServer server([](const support::HttpRequest&) {
    return HttpResponse{.headers = {{"X-Echo", "token=canary-7"}}, .body = "canary-7"};
  });
  CheckSpec spec = HttpSpec(server.Url("/?token=canary%2D7"));
  spec.expect = {Expect("body == 'x'")};
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(seen.reason, Reason::kExpectBody);
  EXPECT_EQ(seen.message.find("canary"), std::string::npos) << seen.message;
  for (const auto& [name, value] : seen.http->headers) {
    EXPECT_EQ(value.find("canary"), std::string::npos) << name;
  }
}

TEST(HttpCookies, ThatComeBackAreNotShown) {
  HttpServer server([](const support::HttpRequest&) {
    return HttpResponse{.headers = {{"X-Echo", "sid is canary-7"}}, .body = "canary-7"};
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.cookies = {{"sid", Secret("canary-7")}};
  spec.expect = {Expect("body == 'x'")};
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(seen.reason, Reason::kExpectBody);
  EXPECT_EQ(seen.message.find("canary"), std::string::npos) << seen.message;
  for (const auto& [name, value] : seen.http->headers) {
    EXPECT_EQ(value.find("canary"), std::string::npos) << name;
  }
}

TEST(Traceparent, BeginsATraceOfItsOwnEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = NewTraceparent();
    EXPECT_THAT(text, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    seen.insert(text.substr(3, 32));
    seen.insert(text.substr(36, 16));
  }
  EXPECT_EQ(seen.size(), 200U);
}

TEST(Traceparent, IsSentOnEveryHopAndRecorded) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest&) { return RedirectWith(other.Url("/x")); });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.sends_traceparent = true;
  const Observation first = RunHttp(spec);
  const Observation second = RunHttp(spec);
  ASSERT_EQ(server.Requests().size(), 2U);
  ASSERT_EQ(other.Requests().size(), 2U);
  EXPECT_THAT(first.http->traceparent, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
  EXPECT_EQ(server.Requests()[0].Header("traceparent"), first.http->traceparent);
  EXPECT_EQ(other.Requests()[0].Header("traceparent"), first.http->traceparent);
  EXPECT_EQ(other.Requests()[1].Header("traceparent"), second.http->traceparent);
  EXPECT_NE(first.http->traceparent, second.http->traceparent);
}

TEST(Traceparent, IsNotSentUnasked) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  const Observation seen = RunHttp(HttpSpec(server.Url()));
  EXPECT_EQ(seen.http->traceparent, "");
  EXPECT_EQ(server.Requests()[0].Header("traceparent"), "");
}

TEST(UserAgent, NamesTheProberUnlessTheHeadersNameAnother) {
  HttpServer other([](const support::HttpRequest&) { return HttpResponse{}; });
  HttpServer server([&](const support::HttpRequest&) { return RedirectWith(other.Url("/")); });
  CheckSpec spec = HttpSpec(server.Url());
  RunHttp(spec);
  spec.http.headers = {{"user-agent", Secret("acme/2", false)}, {"X-Own", Secret("1", false)}};
  RunHttp(spec);
  ASSERT_EQ(other.Requests().size(), 2U);
  EXPECT_EQ(server.Requests()[0].Header("User-Agent"), "gaikei/1.0");
  EXPECT_EQ(server.Requests()[1].Header("User-Agent"), "acme/2");
  // Whoever is asked may know who asks, and nothing else.
  EXPECT_EQ(other.Requests()[0].Header("User-Agent"), "gaikei/1.0");
  EXPECT_EQ(other.Requests()[1].Header("User-Agent"), "acme/2");
  EXPECT_EQ(other.Requests()[1].Header("X-Own"), "");
  std::size_t count = 0;
  const auto requests = server.Requests();
  for (const auto& [name, value] : requests[1].headers) {
    count += name == "user-agent" || name == "User-Agent" ? 1U : 0U;
  }
  EXPECT_EQ(count, 1U);
}

TEST(LastModified, IsReadAndItsAgeCanBeExpected) {
  std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
  HttpServer server([&](const support::HttpRequest&) {
    return HttpResponse{.headers = {{"Last-Modified", date}}};
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.expect = {Expect("last_modified > 365d")};
  Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.http->last_modified);
  EXPECT_EQ(FormatRfc3339(*seen.http->last_modified), "1994-11-06T08:49:37.000000Z");
  spec.expect = {Expect("last_modified < 1h")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "fail expect_last_modified");
  date = "Sat, 01 Jan 2222 00:00:00 GMT";  // in the future: a negative age
  EXPECT_EQ(Verdict(RunHttp(spec)), "fail expect_last_modified");
  date = "yesterday";
  seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_last_modified");
  EXPECT_FALSE(seen.http->last_modified);
}

TEST(LastModified, OfTwoFieldsIsNone) {
  HttpServer server([](const support::HttpRequest&) {
    return HttpResponse{.headers = {{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                    {"Last-Modified", "Sun Nov  6 08:49:37 1994"}}};
  });
  EXPECT_FALSE(RunHttp(HttpSpec(server.Url())).http->last_modified);
}

TEST(Caches, CanBeAskedPastAndTheirAgeExpected) {
  HttpServer server([](const support::HttpRequest& request) {
    const bool is_past = request.Header("Cache-Control") == "no-cache";
    return HttpResponse{
        .headers = {{"Age", is_past ? "0" : "3600"}, {"Cache-Control", "public, max-age=60"}}};
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.expect = {Expect("header.age < 60"), Expect("header.cache-control contains 'max-age'")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "fail expect_header");
  spec.http.headers = {{"Cache-Control", Secret("no-cache", false)}};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
}

TEST(HttpVersions, ThatWereNotAskedForFail) {
  HttpServer server([](const support::HttpRequest& request) {
    return request.target == "/" ? HttpResponse{.body = "x"} : RedirectWith("/");
  });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.version = HttpVersion::k1_1;
  spec.http.allowed_versions = {"1.1"};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec.http.version = HttpVersion::kDefault;
  spec.http.allowed_versions = {"2"};
  Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_http");
  EXPECT_EQ(seen.message, "HTTP/1.1, though HTTP/2 was required");
  EXPECT_EQ(seen.blame, Blame::kTarget);
  // Of every hop, and nothing is followed that came the wrong way.
  spec = HttpSpec(server.Url("/moved"));
  spec.http.allowed_versions = {"2", "3"};
  seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_http");
  EXPECT_EQ(seen.message, "HTTP/1.1, though HTTP/2 or HTTP/3 was required");
  EXPECT_EQ(seen.http->location, server.Url("/"));
  EXPECT_EQ(seen.http->redirects.size(), 0U);
}

TEST(HttpVersions, OfAnOlderServerAreToldAsTheyAre) {
  HttpServer server([](const support::HttpRequest&) {
    return HttpResponse{.raw = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"};
  });
  CheckSpec spec = HttpSpec(server.Url());
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec.http.version = HttpVersion::k1_1;
  spec.http.allowed_versions = {"1.1"};
  EXPECT_EQ(RunHttp(spec).message, "HTTP/1.0, though HTTP/1.1 was required");
}

TEST(Redirects, PinnedToHostsGoNowhereElse) {
  HttpServer server([](const support::HttpRequest& request) {
    if (request.target == "/own") return RedirectWith("/");
    if (request.target == "/listed") {
      return RedirectWith("http://127.0.0.1:" + request.Header("Host").substr(10) + "/");
    }
    return request.target == "/" ? HttpResponse{} : RedirectWith("http://evil.example/x");
  });
  CheckSpec spec = HttpSpec(server.Url("/own"));
  spec.http.redirect_hosts = {"shop.example"};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec = HttpSpec("http://localhost:" + std::to_string(server.port()) + "/listed");
  spec.address = "127.0.0.1";
  spec.http.redirect_hosts = {"127.0.0.1"};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec = HttpSpec(server.Url("/away"));
  spec.http.redirect_hosts = {"shop.example", "*.example.org"};
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_redirects");
  EXPECT_EQ(seen.message, "redirect to a host that is none of redirect_hosts: evil.example");
  EXPECT_EQ(seen.http->location, "http://evil.example/x");
  EXPECT_EQ(seen.http->status, 302);
}

TEST(Bodies, AreSentByteForByte) {
  std::string bytes;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  }
  bytes += "\r\n\n";
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.http.has_body = true;
  spec.http.body = Secret(bytes);
  spec.http.headers = {{"Content-Type", Secret("application/octet-stream", false)}};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  ASSERT_EQ(server.Requests().size(), 1U);
  EXPECT_TRUE(server.Requests()[0].body == bytes);
  EXPECT_EQ(server.Requests()[0].Header("Content-Type"), "application/octet-stream");
}

TEST(Bodies, AreSentBesideAnyMethodThatIsGiven) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  for (const char* method : {"GET", "DELETE", "PATCH", "OPTIONS"}) {
    CheckSpec spec = HttpSpec(server.Url());
    spec.http.method = method;
    spec.http.has_body = true;
    spec.http.body = Secret("query", false);
    EXPECT_EQ(Verdict(RunHttp(spec)), "pass") << method;
    EXPECT_EQ(server.Requests().back().method, method);
    EXPECT_EQ(server.Requests().back().body, "query") << method;
  }
}

TEST(Compression, IsAskedForOnlyWhereItIsWanted) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  CheckSpec spec = HttpSpec(server.Url());
  RunHttp(spec);
  spec.http.compression = "gzip";
  RunHttp(spec);
  spec.http.compression = "";
  RunHttp(spec);
  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].Header("Accept-Encoding"), "");
  EXPECT_EQ(requests[1].Header("Accept-Encoding"), "gzip");
  EXPECT_THAT(requests[2].Header("Accept-Encoding"), HasSubstr("gzip"));
}

TEST(Compression, ThatLibcurlHasNotIsAPlainError) {
  for (const char* name : {"gzip", "deflate", "br", "zstd"}) {
    CheckSpec spec = HttpSpec("http://127.0.0.1:1/");
    spec.http.compression = "gzip, " + std::string(name);
    EXPECT_EQ(WhyNotMade(spec), io::HasCoding(name)
                                    ? ""
                                    : "compression: " + std::string(name) +
                                          " is not available: libcurl " + io::CurlVersion() +
                                          " was built without it");
  }
  CheckSpec spec = HttpSpec("http://127.0.0.1:1/");
  spec.http.compression = "lzma";
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("lzma is not available"));
}

TEST(Compression, OfARealServerIsUndone) {
  const support::Nginx nginx({.server = "location = /big { default_type text/plain; return 200 \"" +
                                        std::string(3000, 'a') + "\"; }",
                              .http = "gzip on; gzip_min_length 1; gzip_types text/plain;"});
  CheckSpec spec = HttpSpec(nginx.Url("/big"));
  spec.expect = {Expect("body matches '^a+$'"), Expect("body.size == 3000")};
  Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->wire_size, 3000U);
  spec.http.compression = "gzip";
  seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->size, 3000U);
  EXPECT_LT(seen.http->wire_size, 3000U);
}

TEST(HttpVersions, OfARealServerAreRequiredOrAllowed) {
  const io::CertifiedKey root = io::MakeCertificate({.common_name = "Root", .is_ca = true});
  const io::CertifiedKey leaf = io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &root});
  const support::TempDir directory;
  const std::string roots = directory.Write("root.pem", root.certificate);
  const support::Nginx newer({.certificate = leaf});
  const support::Nginx older({.certificate = leaf, .http2 = false});
  const auto run = [&](const support::Nginx& nginx, HttpVersion offered,
                       std::vector<std::string> allowed) {
    CheckSpec spec = HttpSpec(nginx.SecureUrl());
    spec.tls.cacert = roots;
    spec.http.version = offered;
    spec.http.allowed_versions = std::move(allowed);
    const Observation seen = RunHttp(spec);
    return Verdict(seen) + " " + seen.http->version + " " + seen.tls->alpn;
  };
  EXPECT_EQ(run(newer, HttpVersion::k2, {"2"}), "pass 2 h2");
  EXPECT_EQ(run(newer, HttpVersion::k1_1, {"1.1"}), "pass 1.1 http/1.1");
  EXPECT_EQ(run(newer, HttpVersion::kDefault, {"1.1", "2"}), "pass 2 h2");
  EXPECT_EQ(run(older, HttpVersion::kDefault, {"1.1", "2"}), "pass 1.1 http/1.1");
  EXPECT_EQ(run(older, HttpVersion::k2, {"2"}), "fail expect_http 1.1 http/1.1");
}

TEST(Samples, SayThatTheyAreSynthetic) {
  HttpServer server([](const support::HttpRequest&) { return HttpResponse{}; });
  Outcome outcome;
  static_cast<Observation&>(outcome) = RunHttp(HttpSpec(server.Url()));
  outcome.check = HttpSpec(server.Url()).identity;
  EXPECT_THAT(ToJson(outcome), HasSubstr(R"("user_agent.synthetic.type":"test")"));
}

}  // namespace
}  // namespace gaikei
