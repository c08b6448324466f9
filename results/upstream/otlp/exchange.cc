#include "results/upstream/otlp/exchange.h"

#include <string_view>
#include <utility>

#include "results/upstream/otlp/answers.h"
#include "results/upstream/otlp/grpc_frame.h"
#include "results/upstream/otlp/gzip.h"
#include "results/upstream/otlp/json.h"
#include "results/upstream/otlp/protobuf.h"

namespace gaikei::otlp {

std::string Exchange::Encode(const MetricsRequest& request) const {
  return Pack(is_json() ? ToJson(request) : ToProtobuf(request));
}

std::string Exchange::Encode(const LogsRequest& request) const {
  return Pack(is_json() ? ToJson(request) : ToProtobuf(request));
}

std::string Exchange::Encode(const TracesRequest& request) const {
  return Pack(is_json() ? ToJson(request) : ToProtobuf(request));
}

std::string Exchange::Pack(std::string message) const {
  if (spec_.is_compressed) message = Gzip(std::move(message));
  return is_grpc() ? GrpcFrame(message, spec_.is_compressed) : message;
}

PostRequest Exchange::NewRequest() const {
  PostRequest request;
  const auto put = [&request](const char* name, std::string value) {
    request.headers.emplace_back(name, Secret(std::move(value), false));
  };
  const SignalNames& names = NamesOf(signal_);
  request.timeout = spec_.transport.timeout;
  request.url = UrlFor(spec_.transport.url, is_grpc() ? names.grpc_path : names.http_path);
  put("user-agent", sender_.user_agent);
  if (is_grpc()) {
    request.wants_http2 = true;
    put("content-type", "application/grpc");
    put("te", "trailers");
    put("grpc-timeout", GrpcTimeout(request.timeout));
    if (spec_.is_compressed) put("grpc-encoding", "gzip");
  } else {
    put("content-type", is_json() ? "application/json" : "application/x-protobuf");
    // Mackerel's receiver wants it to be there.
    put("accept", "*/*");
    if (spec_.is_compressed) put("content-encoding", "gzip");
  }
  return request;
}

Verdict Exchange::Read(const PostResponse& response, std::uint64_t samples) const {
  const AnswerContext context{signal_, is_json(), spec_.retry_statuses, samples, WallNow()};
  return is_grpc() ? ReadGrpcAnswer(response, context) : ReadHttpAnswer(response, context);
}

void Exchange::Send(const std::string& body, std::uint64_t samples, Sink::Done done) {
  PostRequest request = NewRequest();
  request.body = body;
  call_ = transport_.Post(std::move(request),
                          [this, samples, done = std::move(done)](const PostResponse& response) {
                            done(Read(response, samples));
                          });
}

}  // namespace gaikei::otlp
