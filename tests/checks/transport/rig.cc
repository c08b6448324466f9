#include "tests/checks/transport/rig.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/loop_fixture.h"

namespace gaikei {

UpstreamTransportSpec UpstreamAt(const std::string& url) {
  UpstreamTransportSpec spec;
  spec.url = url;
  return spec;
}

TransportRig::TransportRig(const UpstreamTransportSpec& spec, const Region& region)
    : url_(spec.url), region_(std::make_shared<const Region>(region)), engine_(loop_) {
  auto made = MakeTransport(engine_, region_, spec);
  if (!made) throw std::runtime_error(made.error());
  transport_ = std::move(*made);
}

PostRequest TransportRig::Request(const std::string& body) const {
  PostRequest request;
  request.url = url_;
  request.body = body;
  return request;
}

PostResponse TransportRig::Post(PostRequest request) {
  std::optional<PostResponse> response;
  bool has_returned = false;
  const auto call = transport_->Post(std::move(request), [&](PostResponse came) {
    EXPECT_TRUE(has_returned) << "done was called inside Post()";
    EXPECT_FALSE(response) << "done was called twice";
    response = std::move(came);
  });
  has_returned = true;
  EXPECT_TRUE(support::RunUntil(loop_, [&] { return response.has_value(); }));
  if (!response) return {};
  EXPECT_EQ(response->status == 0, !response->error.empty()) << response->error;
  return std::move(*response);
}

PostResponse TransportRig::Post(const std::string& body) { return Post(Request(body)); }

std::string WhyNoTransport(const UpstreamTransportSpec& spec) {
  io::Loop loop;
  io::Engine engine(loop);
  const auto made = MakeTransport(engine, std::make_shared<const Region>(), spec);
  return made ? "" : made.error();
}

}  // namespace gaikei
