#pragma once

#include <cstdint>
#include <string_view>

typedef void CURL;

namespace gaikei::io {

struct HttpRequest;
class ResponseHead;

/// HTTP/2: a server may answer before it has read all, and close the stream (RFC 9113, 8.1); a gRPC
/// server does so where a message is too large. libcurl 7.88 is not made for that. (Of one that
/// leaves the stream open nothing here tells: HttpRequest::can_be_smaller.)

/// Whether the answer is complete while some of the request is not sent, as libcurl's progress
/// tells. libcurl would offer the rest to a stream that is closed, again and again, until the
/// deadline.
bool IsAnsweredEarly(const ResponseHead& head, std::uint64_t received, std::int64_t to_send,
                     std::int64_t sent);

/// Whether libcurl has dropped the answer, as it does with the head of one that comes in one piece
/// with the end of its stream: all that is left is that end, or the trailers in place of a head.
/// `code`: a CURLcode that the transfer ended with; `has_fault`: the head was none.
bool IsAnswerLost(CURL* easy, const HttpRequest& request, const ResponseHead& head, int code,
                  bool has_fault, std::string_view error);

}  // namespace gaikei::io
