#include "checks/io/http/transfer_body.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "checks/io/http/easy_setup.h"
#include "checks/io/http/http_transfer.h"

namespace gaikei::io {
namespace {

/// Up to here a body may be any multiple of what was received: small pages compress well.
constexpr std::uint64_t kRatioFreeSize = 1024 * 1024;
constexpr std::uint64_t kRatioLimit = 10;

HeadFault Undecodable(const BodyDecoder& decoder) {
  return {Reason::kProtocolError, "content encoding: " + decoder.message()};
}

}  // namespace

void TransferBody::Take(const HttpRequest& request) {
  request_ = &request;
  decoder_.reset();
  has_begun_ = false;
  if (request.compression != nullptr && BodyDecoder::Knows(*request.compression)) {
    decoder_.emplace();
  }
}

std::optional<HeadFault> TransferBody::Add(std::string_view bytes, std::uint64_t wire_size,
                                           HttpAnswer& answer) {
  if (!decoder_) return AddDecoded(bytes, wire_size, answer);
  if (!has_begun_) {
    has_begun_ = true;
    if (decoder_->Begin(answer.head.content_codings()) != BodyDecoder::State::kGood) {
      return Undecodable(*decoder_);
    }
  }
  std::optional<HeadFault> fault;
  const BodyDecoder::State state = decoder_->Feed(bytes, [&](std::string_view decoded) {
    fault = AddDecoded(decoded, wire_size, answer);
    return !fault;
  });
  return state == BodyDecoder::State::kBroken ? Undecodable(*decoder_) : fault;
}

std::optional<HeadFault> TransferBody::End() {
  if (!decoder_ || !has_begun_ || decoder_->End() == BodyDecoder::State::kGood) return std::nullopt;
  return Undecodable(*decoder_);
}

std::optional<HeadFault> TransferBody::AddDecoded(std::string_view bytes, std::uint64_t wire_size,
                                                  HttpAnswer& answer) const {
  answer.size += bytes.size();
  const std::size_t room =
      request_->keep_limit - std::min(answer.body.size(), request_->keep_limit);
  answer.body.append(bytes.substr(0, room));
  if (answer.size > request_->body_limit) {
    return HeadFault{Reason::kTooLarge,
                     fmt::format("body of more than {} bytes", request_->body_limit)};
  }
  // The wire's counter runs up to one buffer behind while a chunk is being decoded.
  if (request_->compression != nullptr && answer.size > kRatioFreeSize &&
      answer.size > kRatioLimit * (wire_size + kReadBufferSize)) {
    return HeadFault{Reason::kTooLarge,
                     "body that grows to more than 10 times its size when decoded"};
  }
  return std::nullopt;
}

}  // namespace gaikei::io
