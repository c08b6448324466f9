#include "tests/support/http_server.h"

#include <fmt/format.h>
#include <strings.h>

#include <cstdlib>

namespace gaikei::support {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The next line without its CRLF, taken off the front.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

std::optional<std::string> ReadChunks(Connection& connection) {
  std::string body;
  for (;;) {
    const std::optional<std::string> line = connection.ReadUntil("\r\n");
    if (!line) return std::nullopt;
    const std::size_t size = std::strtoul(line->c_str(), nullptr, 16);
    if (size == 0) break;
    const std::optional<std::string> chunk = connection.ReadExactly(size + 2);
    if (!chunk) return std::nullopt;
    body.append(*chunk, 0, size);
  }
  // Trailers, up to the empty line.
  for (;;) {
    const std::optional<std::string> line = connection.ReadUntil("\r\n");
    if (!line) return std::nullopt;
    if (*line == "\r\n") return body;
  }
}

bool IsWord(const std::string& a, const char* b) { return strcasecmp(a.c_str(), b) == 0; }

}  // namespace

std::string HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (IsWord(key, std::string(name).c_str())) return value;
  }
  return {};
}

std::optional<HttpRequest> ReadHttpRequest(Connection& connection) {
  const std::optional<std::string> head = connection.ReadUntil("\r\n\r\n");
  if (!head) return std::nullopt;
  std::string_view rest = *head;
  const std::string_view line = TakeLine(rest);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;

  HttpRequest request;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  request.version = line.substr(last + 1);
  request.connection = connection.number();
  for (std::string_view field = TakeLine(rest); !field.empty(); field = TakeLine(rest)) {
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    request.headers.emplace_back(field.substr(0, colon), Trimmed(field.substr(colon + 1)));
  }

  if (IsWord(request.Header("Expect"), "100-continue")) {
    connection.Write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  std::optional<std::string> body = std::string();
  if (IsWord(request.Header("Transfer-Encoding"), "chunked")) {
    body = ReadChunks(connection);
  } else if (const std::string length = request.Header("Content-Length"); !length.empty()) {
    body = connection.ReadExactly(std::strtoul(length.c_str(), nullptr, 10));
  }
  if (!body) return std::nullopt;
  request.body = std::move(*body);
  return request;
}

std::string FormatHttpResponse(const HttpResponse& response, bool is_head) {
  using Framing = HttpResponse::Framing;
  std::string text = fmt::format("HTTP/1.1 {} Status\r\n", response.status);
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (has_body && response.framing == Framing::kLength) {
    text += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  if (has_body && response.framing == Framing::kChunked) text += "Transfer-Encoding: chunked\r\n";
  if (response.close || response.framing == Framing::kClose) text += "Connection: close\r\n";
  text += "\r\n";
  if (is_head || !has_body) return text;
  if (response.framing != Framing::kChunked) return text + response.body;
  if (!response.body.empty()) {
    text += fmt::format("{:x}\r\n{}\r\n", response.body.size(), response.body);
  }
  return text + "0\r\n\r\n";
}

void ServeHttp(Connection& connection, const std::function<HttpResponse(HttpRequest)>& handler) {
  while (std::optional<HttpRequest> request = ReadHttpRequest(connection)) {
    const bool is_head = request->method == "HEAD";
    const bool asks_close = IsWord(request->Header("Connection"), "close");
    const HttpResponse response = handler(std::move(*request));
    if (!response.raw.empty()) {
      connection.Write(response.raw);
      return;
    }
    if (!connection.Write(FormatHttpResponse(response, is_head))) return;
    if (asks_close || response.close || response.framing == HttpResponse::Framing::kClose) return;
  }
}

HttpServer::HttpServer(Handler handler, const ListenOptions& options)
    : handler_(std::move(handler)),
      scheme_("http"),
      server_(
          [this](Connection& connection) {
            ServeHttp(connection,
                      [this](HttpRequest request) { return Answer(std::move(request)); });
          },
          options) {}

HttpServer::HttpServer(Handler handler, TcpServer::Wrapper wrapper, std::string scheme,
                       const ListenOptions& options)
    : handler_(std::move(handler)),
      scheme_(std::move(scheme)),
      server_(
          [this](Connection& connection) {
            ServeHttp(connection,
                      [this](HttpRequest request) { return Answer(std::move(request)); });
          },
          std::move(wrapper), options) {}

std::string HttpServer::Url(const std::string& path) const {
  return scheme_ + "://" + server_.Authority() + path;
}

HttpResponse HttpServer::Answer(HttpRequest request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  arrived_.notify_all();
  return handler_(request);
}

std::vector<HttpRequest> HttpServer::Requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool HttpServer::WaitForRequests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, kFailsafe, [&] { return requests_.size() >= count; });
}

}  // namespace gaikei::support
