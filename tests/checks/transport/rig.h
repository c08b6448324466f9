#pragma once

#include <memory>
#include <string>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/transport/transport.h"
#include "regions/region.h"

namespace gaikei {

UpstreamTransportSpec UpstreamAt(const std::string& url);

/// A transport on a loop of its own, run on the calling thread. A spec that cannot be made throws
/// std::runtime_error.
class TransportRig {
 public:
  explicit TransportRig(const UpstreamTransportSpec& spec, const Region& region = {});

  /// Sends one request and waits for what comes of it.
  PostResponse Post(PostRequest request);
  /// The same with what most tests want: POST of a body to the upstream's own URL.
  PostResponse Post(const std::string& body = "body");
  PostRequest Request(const std::string& body = "body") const;

  io::Loop& loop() { return loop_; }
  Transport& transport() { return *transport_; }
  Transport* operator->() { return transport_.get(); }

 private:
  const std::string url_;
  const std::shared_ptr<const Region> region_;
  io::Loop loop_;
  io::Engine engine_;
  std::unique_ptr<Transport> transport_;
};

/// Why no transport can be made of the spec; empty: one can.
std::string WhyNoTransport(const UpstreamTransportSpec& spec);

}  // namespace gaikei
