#include "real_receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/support/socket.h"

namespace gaikei::testing {
namespace {

using nlohmann::json;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// One request in HTTP/1.0: nothing is chunked, and the end is the end.
PostResponse Exchange(std::uint16_t port, const std::string& head, const std::string& body) {
  const support::Fd client = support::ConnectTo("127.0.0.1", port);
  support::SendAll(client.get(),
                   fmt::format("{}Content-Length: {}\r\n\r\n{}", head, body.size(), body));
  const std::string answer = support::ReadToEnd(client.get());
  PostResponse response;
  std::size_t at = answer.find("\r\n");
  const std::size_t end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || end == std::string::npos) {
    throw std::runtime_error("no answer: " + answer);
  }
  response.status = std::atoi(answer.c_str() + 9);
  while (at < end) {
    const std::size_t next = answer.find("\r\n", at + 2);
    const std::string line = answer.substr(at + 2, next - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) {
      response.headers.emplace_back(Lower(line.substr(0, colon)), line.substr(colon + 2));
    }
    at = next;
  }
  response.body = answer.substr(end + 4);
  return response;
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::string KeyOf(const json& metric) {
  std::string key = metric.value("__name__", "") + "{";
  for (const auto& [name, value] : metric.items()) {
    if (name == "__name__") continue;
    if (key.back() != '{') key += ",";
    key += fmt::format("{}=\"{}\"", name, value.get<std::string>());
  }
  return key + "}";
}

/// [1700000000.123, "1"]
std::pair<std::int64_t, double> PointOf(const json& point) {
  return {std::llround(point[0].get<double>() * 1000),
          std::strtod(point[1].get<std::string>().c_str(), nullptr)};
}

}  // namespace

RealReceiver RealReceiver::Prometheus() {
  RealReceiver receiver;
  receiver.directory_ = std::make_unique<support::TempDir>();
  const support::TempDir& directory = *receiver.directory_;
  const std::string config = directory.Write("prometheus.yml", "global: { scrape_interval: 1s }\n");
  receiver.daemon_ = std::make_unique<support::Daemon>([&](std::uint16_t port) {
    return std::vector<std::string>{"prometheus",
                                    "--config.file=" + config,
                                    "--storage.tsdb.path=" + directory.Path("tsdb"),
                                    "--web.enable-remote-write-receiver",
                                    "--enable-feature=native-histograms",
                                    fmt::format("--web.listen-address=127.0.0.1:{}", port)};
  });
  // It accepts before it is ready.
  for (int i = 0; i < 600; ++i) {
    const PostResponse ready = Exchange(receiver.daemon_->port(), "GET /-/ready HTTP/1.0\r\n", "");
    if (ready.status == 200) return receiver;
    support::WaitFor(-1, 0, nullptr, std::chrono::milliseconds(50));
  }
  throw std::runtime_error("Prometheus is not ready: " + receiver.log());
}

RealReceiver RealReceiver::VictoriaMetrics() {
  RealReceiver receiver;
  receiver.is_victoria_metrics_ = true;
  receiver.directory_ = std::make_unique<support::TempDir>();
  const support::TempDir& directory = *receiver.directory_;
  receiver.daemon_ = std::make_unique<support::Daemon>([&](std::uint16_t port) {
    return std::vector<std::string>{
        "victoria-metrics",          "-storageDataPath=" + directory.Path("data"),
        "-search.latencyOffset=0s",  "-search.disableCache",
        "-memory.allowedBytes=64MB", fmt::format("-httpListenAddr=127.0.0.1:{}", port)};
  });
  return receiver;
}

PostResponse RealReceiver::Post(const PostRequest& request) const {
  std::string head = fmt::format("POST {} HTTP/1.0\r\n",
                                 request.url.substr(request.url.find('/', sizeof("http://"))));
  for (const auto& [name, value] : request.headers) {
    head += fmt::format("{}: {}\r\n", name, value.Reveal());
  }
  return Exchange(daemon_->port(), head, request.body);
}

std::string RealReceiver::Ask(const std::string& query, std::int64_t at) const {
  if (is_victoria_metrics_) {
    // What was written can be asked for only after a while, or after this.
    Exchange(daemon_->port(), "GET /internal/force_flush HTTP/1.0\r\n", "");
  }
  const PostResponse response =
      Exchange(daemon_->port(),
               fmt::format("GET /api/v1/query?query={}&time={}.{:03} HTTP/1.0\r\n", Escaped(query),
                           at / 1000, at % 1000),
               "");
  if (response.status != 200) throw std::runtime_error(query + ": " + response.body);
  return response.body;
}

std::map<std::string, RealReceiver::Points> RealReceiver::Samples(const std::string& selector,
                                                                  std::int64_t at) const {
  std::map<std::string, Points> samples;
  const json answer = json::parse(Ask(selector + "[1h]", at));
  for (const json& series : answer["data"]["result"]) {
    Points& points = samples[KeyOf(series["metric"])];
    for (const json& value : series["values"]) {
      // VictoriaMetrics shows stale markers here, Prometheus does not.
      const auto point = PointOf(value);
      if (!std::isnan(point.second)) points.push_back(point);
    }
  }
  return samples;
}

std::map<std::string, double> RealReceiver::Query(const std::string& expression,
                                                  std::int64_t at) const {
  std::map<std::string, double> values;
  const json answer = json::parse(Ask(expression, at));
  for (const json& series : answer["data"]["result"]) {
    values[KeyOf(series["metric"])] = PointOf(series["value"]).second;
  }
  return values;
}

}  // namespace gaikei::testing
