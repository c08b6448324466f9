#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace gaikei {

/// Refusals of datagrams, as ICMP tells them: "port unreachable" with the beginning of what nobody
/// wanted (RFC 792; RFC 4443, 3.1). Linux keeps each by itself where it is asked to (ip(7),
/// IP_RECVERR); without that all that is known is that some datagram was refused.

/// What the socket sends from now on has its refusals kept. False: the kernel does not.
bool KeepRefusals(int fd, int family);

/// What was refused so far, as much of each datagram as came back (perhaps nothing of it), in the
/// order in which it was told. Other troubles that ICMP tells of are left out: they may pass.
std::vector<std::string> TakeRefusals(int fd);

/// Which of `sent` was refused first: nobody got it, nor what was sent behind it. Where none of
/// them was, their number. Refusals of what was sent before do not count. Pure.
std::size_t FirstRefused(std::span<const std::string> sent, std::vector<std::string> refusals);

}  // namespace gaikei
