#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checks/io/loop/loop.h"
#include "checks/io/tls/certificate_maker.h"
#include "checks/io/tls/stream.h"
#include "checks/io/tls/trust.h"
#include "tests/checks/io/temp_file.h"
#include "tests/support/loop_fixture.h"
#include "tests/support/socket.h"

namespace gaikei::io {

/// A Stream to a server of the test on a loop of its own, and who may be trusted.
class StreamRig {
 public:
  StreamRig() { roots_.Write(root_.certificate); }

  /// Connects, and begins to read.
  void Open(std::uint16_t port, std::size_t limit = 1 << 20) {
    support::Fd fd = support::ConnectTo("127.0.0.1", port);
    support::SetNonBlocking(fd.get(), true);
    stream_ = std::make_unique<Stream>(loop_, UniqueFd(fd.Release()), limit, [this] {
      ++wakes_;
      if (on_wake_) on_wake_();
    });
  }

  /// A setup that trusts the rig's root, unless the options name another.
  std::shared_ptr<const TlsSetup> TlsFor(TlsOptions options = {},
                                         WallTime (*clock)() = &WallNow) const {
    if (options.cacert.empty()) options.cacert = roots_.path();
    return TlsSetup::Load(options, clock).value();
  }

  /// Opens and shakes hands as a client of `host`; returns when that ended.
  void Secure(std::uint16_t port, const std::string& host = "shop.example",
              const std::shared_ptr<const TlsSetup>& setup = nullptr) {
    Open(port);
    stream_->Secure(setup ? setup : TlsFor(), host);
    RunUntil([this] { return stream_->tls() != Stream::Tls::kHandshaking; });
  }

  /// False when the failsafe struck first.
  bool RunUntil(const std::function<bool()>& is_done) { return support::RunUntil(loop_, is_done); }
  bool RunUntilEnd() {
    return RunUntil([this] { return stream_->end() != Stream::End::kOpen; });
  }
  bool RunUntilInput(const std::string& wanted) {
    return RunUntil([&] { return stream_->input() == wanted; });
  }

  /// A certificate of the rig's root; for "shop.example" unless it says otherwise.
  CertifiedKey Leaf(CertificateRequest request = {}) const {
    if (request.dns_names.empty() && request.addresses.empty()) {
      request.dns_names = {"shop.example"};
    }
    if (request.issuer == nullptr) request.issuer = &root_;
    return MakeCertificate(request);
  }

  Stream& stream() { return *stream_; }
  void Close() { stream_.reset(); }
  const TlsEvidence& evidence() const { return *stream_->peer()->evidence(); }
  const CertifiedKey& root() const { return root_; }
  int wakes() const { return wakes_; }
  void OnWake(std::function<void()> what) { on_wake_ = std::move(what); }
  Loop& loop() { return loop_; }

 private:
  const CertifiedKey root_ = MakeCertificate({.common_name = "Test Root", .is_ca = true});
  TempFile roots_;
  Loop loop_;
  int wakes_ = 0;
  std::function<void()> on_wake_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace gaikei::io
