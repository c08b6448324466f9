/// Posts that get no answer: the status is 0, and the error says why in plain words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/checks/transport/rig.h"
#include "tests/support/black_hole.h"
#include "tests/support/free_port.h"
#include "tests/support/http_server.h"
#include "tests/support/tcp_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::TcpServer;
using testing::HasSubstr;

UpstreamTransportSpec At(const TcpServer& server) {
  return UpstreamAt("http://" + server.Authority() + "/");
}

/// What comes of a post, with so much time.
PostResponse PostTo(const UpstreamTransportSpec& spec, Span timeout,
                    const std::string& body = "body") {
  TransportRig rig(spec);
  PostRequest request = rig.Request(body);
  request.timeout = timeout;
  return rig.Post(std::move(request));
}

PostResponse PostTo(TcpServer::Handler handler, Span timeout = support::kFailsafe,
                    const std::string& body = "body") {
  const TcpServer server(std::move(handler));
  return PostTo(At(server), timeout, body);
}

TEST(TransportFailure, OfAPortThatRefuses) {
  const support::RefusingPort port;
  const PostResponse response =
      PostTo(UpstreamAt("http://127.0.0.1:" + std::to_string(port.port()) + "/"), 10s);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("refused"));
  EXPECT_THAT(response.error, HasSubstr("127.0.0.1"));
}

TEST(TransportFailure, OfABlackHole) {
  const support::BlackHole hole;
  const PostResponse response =
      PostTo(UpstreamAt("http://127.0.0.1:" + std::to_string(hole.port()) + "/"), 200ms);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("timeout after 200ms: no connection to 127.0.0.1"));
}

TEST(TransportFailure, OfAServerThatNeverAnswers) {
  const PostResponse response = PostTo([](Connection& c) { c.WaitUntilClosed(); }, 200ms);
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "timeout after 200ms: no byte of an answer");
}

TEST(TransportFailure, OfAServerThatReadsNothing) {
  const PostResponse response =
      PostTo([](Connection& c) { c.Hold(); }, 300ms, std::string(std::size_t{8} << 20U, 'x'));
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "timeout after 300ms: no byte of an answer");
}

TEST(TransportFailure, OfAServerThatSaysAByteNowAndThen) {
  const PostResponse response = PostTo(
      [](Connection& c) {
        support::ReadHttpRequest(c);
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        for (std::size_t i = 0; c.Write(answer.substr(i % answer.size(), 1)) && !c.Pause(20ms);
             ++i) {
        }
      },
      300ms);
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "timeout after 300ms: answer not complete");
}

TEST(TransportFailure, OfAResetBeforeAnAnswer) {
  const PostResponse response = PostTo([](Connection& c) {
    support::ReadHttpRequest(c);
    c.Reset();
  });
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "connection reset while waiting for the answer");
}

TEST(TransportFailure, OfAResetInTheMiddleOfAnAnswer) {
  // Whatever the status line says: nobody knows how the answer would have gone on.
  const PostResponse response = PostTo([](Connection& c) {
    support::ReadHttpRequest(c);
    c.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    c.Pause(50ms);  // so that the half is read before the reset takes it away
    c.Reset();
  });
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "connection reset while reading the answer");
}

TEST(TransportFailure, OfAnAnswerThatIsCutShort) {
  for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"}) {
    const PostResponse response = PostTo([head](Connection& c) {
      support::ReadHttpRequest(c);
      c.Write(head);
    });
    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
  }
}

TEST(TransportFailure, OfAnAnswerThatIsLost) {
  // The upstream has it, and nobody knows: the same again is the lane's to send.
  const PostResponse response = PostTo([](Connection& c) { support::ReadHttpRequest(c); });
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "connection closed before the first byte of an answer");
}

TEST(TransportFailure, OfSomethingThatIsNoHttp) {
  const PostResponse response = PostTo([](Connection& c) {
    support::ReadHttpRequest(c);
    c.Write("220 mail.example ESMTP \x1b[31m\r\n");
  });
  EXPECT_EQ(response.status, 0);
  EXPECT_NE(response.error, "");
  EXPECT_EQ(response.error.find('\x1b'), std::string::npos);
}

TEST(TransportFailure, IsNoneWhereTheServerSaysNoBeforeItHasReadAll) {
  // RFC 9112, 9.6: 413 and the connection closed, while we are still sending.
  const PostResponse response = PostTo(
      [](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        c.Write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      },
      support::kFailsafe, std::string(std::size_t{16} << 20U, 'x'));
  EXPECT_EQ(response.status, 413) << response.error;
}

TEST(TransportFailure, IsNoneWhereTheServerSaysNoAndStopsReading) {
  const PostResponse response = PostTo(
      [](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        c.Write("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
        c.Hold();
      },
      support::kFailsafe, std::string(std::size_t{16} << 20U, 'x'));
  EXPECT_EQ(response.status, 429) << response.error;
  EXPECT_EQ(response.Header("retry-after"), "7");
}

TEST(TransportFailure, LeavesNothingThatHarmsTheNextPost) {
  std::atomic<int> requests = 0;
  const TcpServer server([&](Connection& c) {
    while (support::ReadHttpRequest(c)) {
      const int number = requests++;
      if (number % 4 == 1) return c.WaitUntilClosed();
      if (number % 4 == 2) return c.Reset();
      c.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  TransportRig rig(At(server));
  for (int i = 0; i < 12; ++i) {
    PostRequest request = rig.Request();
    request.timeout = i % 4 == 1 ? 100ms : Span(support::kFailsafe);
    EXPECT_EQ(rig.Post(std::move(request)).status, i % 4 == 1 || i % 4 == 2 ? 0 : 200) << i;
  }
  EXPECT_EQ(requests, 12);
}

TEST(TransportFailure, OfANameThatDoesNotExist) {
  // Resolved by the hosts file alone: no server is asked for a name like that (RFC 6761, 6.4).
  Region region;
  region.resolver = {"127.0.0.1:1"};
  TransportRig rig(UpstreamAt("http://upstream.invalid/"), region);
  PostRequest request = rig.Request();
  request.timeout = 2s;
  const PostResponse response = rig.Post(std::move(request));
  EXPECT_EQ(response.status, 0);
  EXPECT_NE(response.error, "");
}

}  // namespace
}  // namespace gaikei
