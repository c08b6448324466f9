#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checks/check.h"
#include "checks/dns/dns_over_stream.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/http/http_transfer.h"
#include "checks/io/net/url.h"
#include "checks/parts/dial.h"

namespace gaikei {

/// One question by DNS over HTTPS (RFC 8484, POST) on a connection that stands. Loop thread only.
/// Destroying it closes.
class DnsOverHttps {
 public:
  using Result = DnsOverStream::Result;
  /// Called at most once, never inside the constructor. It may destroy the DnsOverHttps.
  using Done = std::function<void(Result)>;

  /// `dialled` holds the socket.
  DnsOverHttps(const AttemptContext& context, DialResult dialled, io::Url url,
               io::DnsWireQuery query, std::shared_ptr<const io::TlsSetup> tls, Done done);
  DnsOverHttps(const DnsOverHttps&) = delete;
  DnsOverHttps& operator=(const DnsOverHttps&) = delete;

  /// As DnsOverStream::GiveUp().
  Result GiveUp();

 private:
  Result Read(io::HttpAnswer answer) const;

  const io::Url url_;
  const io::DnsWireQuery query_;
  const Secret body_;
  Done done_;
  io::HttpTransfer transfer_;
};

}  // namespace gaikei
