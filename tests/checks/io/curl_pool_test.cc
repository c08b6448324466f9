#include "checks/io/http/curl_pool.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checks/io/http/curl_errors.h"
#include "checks/io/loop/loop.h"
#include "checks/io/tls/tls_errors.h"
#include "tests/support/http_server.h"
#include "tests/support/tcp_server.h"

namespace gaikei::io {
namespace {

std::size_t Forget(char*, std::size_t size, std::size_t n, void*) { return size * n; }

CURL* Easy(const std::string& url, long timeout_ms) {
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Forget);
  return easy;
}

TEST(CurlPool, ReportsTheLastTransferThatEndsByItsTimeout) {
  support::TcpServer server([](support::Connection& c) { c.WaitUntilClosed(); });
  Loop loop;
  CurlPool pool(loop);
  CURL* easy = Easy("http://" + server.Authority(), 50);
  int code = -1;
  loop.Post([&] {
    EXPECT_TRUE(pool.Start(easy, [&](int result) {
      code = result;
      loop.Stop();
    }));
  });
  loop.Run();
  EXPECT_EQ(code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(pool.in_flight(), 0U);
  curl_easy_cleanup(easy);
}

TEST(CurlPool, PutsAtMost500TransfersIntoOneMulti) {
  support::TcpServer server([](support::Connection& c) { c.WaitUntilClosed(); });
  Loop loop;
  CurlPool pool(loop);
  std::vector<CURL*> all;
  for (int i = 0; i < 501; ++i) {
    all.push_back(Easy("http://" + server.Authority(), 60'000));
    EXPECT_TRUE(pool.Start(all.back(), [](int) { ADD_FAILURE(); }));
    EXPECT_EQ(pool.multi_count(), i < 500 ? 1U : 2U);
  }
  for (CURL* easy : all) pool.Cancel(easy);
  EXPECT_EQ(pool.in_flight(), 0U);
  for (CURL* easy : all) curl_easy_cleanup(easy);
}

TEST(CurlPool, LetsDoneStartTheHandleAgain) {
  support::HttpServer server(
      [](const support::HttpRequest&) { return support::HttpResponse{.body = "ok"}; });
  Loop loop;
  CurlPool pool(loop);
  CURL* easy = Easy(server.Url(), 30'000);
  int ends = 0;
  CurlPool::Done again = [&](int code) {
    EXPECT_EQ(code, CURLE_OK);
    if (++ends == 3) return loop.Stop();
    EXPECT_TRUE(pool.Start(easy, again));
  };
  loop.Post([&] { EXPECT_TRUE(pool.Start(easy, again)); });
  loop.Run();
  EXPECT_EQ(ends, 3);
  curl_easy_cleanup(easy);
}

TEST(ReasonFromCurl, GoesByPhaseFirstThenErrnoThenCode) {
  struct Row {
    TransferFacts facts;
    Reason reason;
  };
  using enum Reason;
  const Phase wait = Phase::kProcessing;
  const Phase read = Phase::kTransfer;
  const std::vector<Row> rows = {
      {{.code = CURLE_OUT_OF_MEMORY, .phase = wait}, kProberNoMemory},
      {{.code = CURLE_OUT_OF_MEMORY, .phase = read}, kTooLarge},
      {{.code = CURLE_BAD_FUNCTION_ARGUMENT, .phase = wait}, kProberInternal},
      {{.code = CURLE_BAD_FUNCTION_ARGUMENT, .phase = read}, kProtocolError},
      {{.code = CURLE_UNSUPPORTED_PROTOCOL, .phase = wait, .saw_informational = true},
       kProtocolError},
      {{.code = CURLE_COULDNT_CONNECT, .os_errno = EMFILE, .phase = Phase::kConnect},
       kProberFdLimit},
      {{.code = CURLE_COULDNT_CONNECT, .phase = Phase::kConnect}, kProberInternal},
      {{.code = CURLE_RECV_ERROR, .os_errno = ECONNRESET, .phase = wait}, kReset},
      {{.code = CURLE_SEND_ERROR, .os_errno = EPIPE, .phase = wait}, kReset},
      {{.code = CURLE_GOT_NOTHING, .phase = wait}, kTruncated},
      {{.code = CURLE_PARTIAL_FILE, .phase = read}, kTruncated},
      {{.code = CURLE_HTTP2_STREAM, .phase = read, .is_close = true}, kTruncated},
      {{.code = CURLE_HTTP2_STREAM, .phase = read}, kProtocolError},
      {{.code = CURLE_BAD_CONTENT_ENCODING, .phase = read}, kProtocolError},
      {{.code = CURLE_RECV_ERROR, .os_errno = ETIMEDOUT, .phase = read}, kTransferTimeout},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Name(ReasonFromCurl(row.facts)), Name(row.reason))
        << row.facts.code << " in " << Name(row.facts.phase);
  }
}

TEST(ReasonFromHandshake, PutsTheCertificateFirst) {
  EXPECT_EQ(ReasonFromHandshake({.alert = 40, .verdict = Reason::kTlsCertExpired}),
            Reason::kTlsCertExpired);
  EXPECT_EQ(ReasonFromHandshake({.alert = 40, .os_errno = ECONNRESET}), Reason::kTlsAlert);
  EXPECT_EQ(ReasonFromHandshake({.os_errno = ECONNRESET}), Reason::kReset);
  EXPECT_EQ(ReasonFromHandshake({}), Reason::kTlsProtocol);
}

}  // namespace
}  // namespace gaikei::io
