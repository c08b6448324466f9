#include "tests/support/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

namespace gaikei::support {
namespace {

std::string Ask(const HttpServer& server, const std::string& request) {
  const Fd client = ConnectTo("127.0.0.1", server.port());
  EXPECT_TRUE(SendAll(client.get(), request));
  shutdown(client.get(), SHUT_WR);
  return ReadToEnd(client.get());
}

TEST(HttpServer, AnswersAndKeepsTheRequest) {
  HttpServer server([](const HttpRequest& request) {
    return HttpResponse{.status = 201, .headers = {{"X-A", "b"}}, .body = request.body + "!"};
  });
  EXPECT_EQ(Ask(server, "POST /p?q=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"),
            "HTTP/1.1 201 Status\r\nX-A: b\r\nContent-Length: 4\r\n\r\nabc!");
  ASSERT_TRUE(server.WaitForRequests(1));
  const HttpRequest request = server.Requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/p?q=1");
  EXPECT_EQ(request.version, "HTTP/1.1");
  EXPECT_EQ(request.Header("HOST"), "h");
  EXPECT_EQ(request.body, "abc");
}

TEST(HttpServer, ReadsChunkedBodiesAndSeveralRequestsOfOneConnection) {
  HttpServer server([](const HttpRequest& request) { return HttpResponse{.body = request.body}; });
  const std::string answer = Ask(server,
                                 "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
                                 "GET /second HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer,
            "HTTP/1.1 200 Status\r\nContent-Length: 3\r\n\r\nabc"
            "HTTP/1.1 200 Status\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(server.Requests().at(1).connection, 0U);
}

TEST(HttpServer, FramesAsAskedFor) {
  HttpServer server([](const HttpRequest& request) {
    HttpResponse response{.body = "xyz"};
    if (request.target == "/chunked") response.framing = HttpResponse::Framing::kChunked;
    if (request.target == "/close") response.framing = HttpResponse::Framing::kClose;
    if (request.target == "/raw") response.raw = "nonsense";
    return response;
  });
  EXPECT_EQ(Ask(server, "GET /chunked HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 Status\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n");
  EXPECT_EQ(Ask(server, "GET /close HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 Status\r\nConnection: close\r\n\r\nxyz");
  EXPECT_EQ(Ask(server, "GET /raw HTTP/1.1\r\n\r\n"), "nonsense");
  EXPECT_EQ(Ask(server, "HEAD / HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 Status\r\nContent-Length: 3\r\n\r\n");
}

}  // namespace
}  // namespace gaikei::support
