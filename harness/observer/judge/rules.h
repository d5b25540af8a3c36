#pragma once

#include <bitset>

#include "observer/judge/course.h"
#include "observer/judge/ledger.h"

// What is judged, by the part of a message or of an exchange that it is about. Each function holds
// one message, which came for the first time, against the requirements that it can be held against,
// and writes the outcome into the ledger. What a message alone, or with what was seen before it,
// does not make certain is not judged. For the room's own use.
namespace karpspec::observer {

// RFC 5996 sections 2.5 and 3: header and payloads by themselves, whatever the exchange.
void judge_header(Ledger& ledger, const Said& said, const wire::Header& header);
void judge_payloads(Ledger& ledger, const Said& said, const wire::Message& message);
// SA, KE and nonce by themselves (sections 2.7, 2.10, 3.3, 3.4; RKMP section 4.1).
void judge_negotiation(Ledger& ledger, const Said& said, const wire::Message& message);
// A message that does not parse, though it says that it is one of IKEv2.
void judge_malformed(Ledger& ledger, const Said& said);

// What is offered for an IKE SA, ESP or AH, and what is answered (section 2.7). GROUPS: the
// exchange of IKE_AUTH, where a proposal's group means nothing.
void judge_answered_suites(Ledger& ledger, const Said& said, const wire::Message& request,
                           const wire::Message& answer, bool group_counts);
// The same for keys of TCP-AO (RKMP sections 4.1 and 4.2), offer and answer.
void judge_key_offer(Ledger& ledger, const Said& said, const wire::Message& request);
void judge_key_answer(Ledger& ledger, const Said& said, const wire::Message& request,
                      const wire::Message& answer);
[[nodiscard]] bool speaks_of_keys(const wire::Message& message);

// IKE_SA_INIT and mrkmp_init (RFC 5996 sections 1.2, 2.2, 2.6; RKMP section 3.1).
void judge_init_request(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& message);
void judge_init_answer(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& message);

// IKE_AUTH and mrkmp_auth (section 1.2; RKMP section 3.2; MRKMP section 2.3).
void judge_auth_request(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& message);
void judge_auth_refusal(Ledger& ledger, const Said& said, const wire::Message& message);
void judge_auth_answer(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& request, const wire::Message& message);
// CREATE_CHILD_SA (sections 1.3 and 2.18; RKMP section 3.3).
void judge_child_request(Ledger& ledger, const Said& said, const Course& course,
                         const wire::Message& message);
void judge_child_answer(Ledger& ledger, const Said& said, const Course& course,
                        const wire::Message& request, const wire::Message& message);
// INFORMATIONAL (sections 1.4 and 1.5; RKMP section 3.4).
void judge_informational_answer(Ledger& ledger, const Said& said, const Course& course,
                                const wire::Message& request, const wire::Message& message);
// Any answer, beside that: what was critical in its request, and which errors it may hold.
void judge_any_answer(Ledger& ledger, const Said& said, const Course& course,
                      const wire::Message& request, const wire::Message& message);
// A message in clear of an exchange that is protected.
void judge_unprotected(Ledger& ledger, const Said& said, const Course& course,
                       const wire::Message& message);

// Joins, merges and requests for keys of MRKMP (draft-hartman-karp-mrkmp-00 sections 2.4, 3.2, 4, 6
// and 7.2).
void judge_group_request(Ledger& ledger, const Said& said, const wire::Message& message);
void judge_group_answer(Ledger& ledger, const Said& said, const wire::Message& request,
                        const wire::Message& message);
// An advertisement (section 3; suites/profile.md, P-207).
void judge_advertisement(Ledger& ledger, const Said& said, const wire::Message& message);
// A message to the group (section 7), opened.
void judge_group_message(Ledger& ledger, const Said& said, const wire::Message& message);
// What MRKMP's payloads say, wherever they stand.
void judge_downloads(Ledger& ledger, const Said& said, const wire::Message& message);

// A TCP segment that the key table refuses or takes (RFC 5925). KEYS: the KeyIDs under which its
// sender has sent authentic ones on the connection before, nullptr where there were none. What
// nothing like that came before is not judged: the table may be of another time.
void judge_segment(Ledger& ledger, const Said& said, const std::bitset<256>* keys);
// The KeyID of the key that makes the segment's TCP-AO right, if one does.
[[nodiscard]] std::optional<std::uint8_t> protecting_key(const transcript::Observed& observed);

}  // namespace karpspec::observer
