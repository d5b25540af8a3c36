#pragma once

#include "oracle/core.h"

// The exchanges of RFC 5996, one file for each exchange and role. A function that gives nothing
// back has said what there is to say through the Core.
namespace karpspec::oracle::ike {

// ike_sa_init_initiator.cpp
// nullptr: it cannot be begun.
IkeSa* start_ike_sa_init(Core& core, Peer& peer, std::uint8_t protocol);
void on_ike_sa_init_response(Core& core, IkeSa& sa, const wire::Message& message,
                             OctetView datagram);
// ike_sa_init_responder.cpp
void on_ike_sa_init_request(Core& core, const Datagram& datagram, const wire::Message& message);

// fragmentation.cpp: whether messages may go in fragments, for the peer's IKE_SA_INIT message with
// PAYLOADS (RFC 7383 section 2.3).
[[nodiscard]] bool agree_on_fragments(const Core& core, const std::vector<wire::Payload>& payloads);

// ike_auth_initiator.cpp
void start_ike_auth(Core& core, IkeSa& sa);
void on_ike_auth_response(Core& core, IkeSa& sa, const wire::Message& message);
// Ends, with a Delete, an IKE SA whose responder has proven nothing and whose answer is of no use.
void give_up_ike_auth(Core& core, IkeSa& sa);
// ike_auth_responder.cpp
void on_ike_auth_request(Core& core, IkeSa& sa, const wire::Message& message);

// redundant_sa.cpp
// FRESH has come of initial exchanges. Where both sides have begun them at once, one IKE SA is
// redundant: it is deleted where it is ours.
void settle_redundant(Core& core, IkeSa& fresh);
// INITIAL_CONTACT in FRESH: what stood before is gone for the peer.
void honour_initial_contact(Core& core, const IkeSa& fresh);
// The peer has not deleted SA, which is redundant: perhaps it does not know.
void end_redundant(Core& core, IkeSa& sa);

// create_child_sa_initiator.cpp
void start_create_child_sa(Core& core, IkeSa& sa, const Task& task);
void on_create_child_sa_response(Core& core, IkeSa& sa, Exchange& exchange,
                                 const wire::Message& message);
// Counts our outstanding CREATE_CHILD_SA as refused.
void on_create_child_sa_refused(Core& core, IkeSa& sa, const Exchange& exchange,
                                std::uint16_t notify, const Octets& data);
// The peer refuses a key's offer with NO_PROPOSAL_CHOSEN, perhaps for its SendID (profile P-23).
void try_another_send_id(Core& core, IkeSa& sa, Task task);
// We refuse an answer: a Delete for what the peer has made by it (profile P-22).
void withdraw_half_made(Core& core, IkeSa& sa, const ChildOffer& offer,
                        const std::vector<wire::Payload>& payloads);
// create_child_sa_responder.cpp
void on_create_child_sa_request(Core& core, IkeSa& sa, const wire::Message& message);

// ike_rekey_initiator.cpp
void start_ike_rekey(Core& core, IkeSa& sa, const Task& task);
void on_ike_rekey_response(Core& core, IkeSa& sa, Exchange& exchange, const wire::Message& message);
// ike_rekey_responder.cpp
void on_ike_rekey_request(Core& core, IkeSa& sa, const wire::Message& message);
// Moves children and tasks of OLD to REPLACEMENT, and what it is to others.
void inherit(Core& core, IkeSa& old, IkeSa& replacement);
// Our own rekeying of SA comes to nothing, or loses: what the peer has made of it meanwhile, if
// anything, takes its place.
void settle_for_theirs(Core& core, IkeSa& sa);
// SA has been replaced, and the peer is the one to delete it. We do where it never does.
void await_end(Core& core, IkeSa& sa);

// reauthentication.cpp
// Begins an IKE SA that takes the place of the one with PEER once it stands (section 2.8.3).
// Nothing where one is being set up already, or the one that stands is about to be deleted.
void start_reauthentication(Core& core, Peer& peer);
// An IKE SA from scratch that makes keys for PROTOCOLS and then deletes OLD.
void start_in_place_of(Core& core, Peer& peer, IkeSa& old,
                       const std::vector<std::uint8_t>& protocols);
// Deletes what SA has been set up in place of.
void end_predecessors(Core& core, IkeSa& sa);
// SA, claimed to be PEER's, was not authenticated: nothing else changes (profile P-08).
void failed_beside(Core& core, const Peer* peer, const IkeSa& sa);

// informational_initiator.cpp
void start_informational(Core& core, IkeSa& sa, const Task& task);
void on_informational_response(Core& core, IkeSa& sa, const Exchange& exchange,
                               const wire::Message& message);
// Adds a Delete for each key with the SA's peer that goes with it: all, where we do not keep them
// (RKMP section 3.3); otherwise those whose Delete is still to come, where SA is the last one to
// say it on (profile P-10). Gives the keys' numbers.
[[nodiscard]] std::vector<std::uint64_t> withdraw_what_is_due(Core& core, const IkeSa& sa,
                                                              bool keep_keys,
                                                              std::vector<wire::Payload>& payloads);
void remove_deleted(Core& core, const std::vector<std::uint64_t>& children);
// informational_responder.cpp
// What a Delete of the peer withdraws; gives the other halves' SPIs for the answer.
std::vector<Octets> withdraw(Core& core, IkeSa& sa, const wire::DeletePayload& body);
void on_informational_request(Core& core, IkeSa& sa, const wire::Message& message);

// The first notification that makes a response an error: type below 16384, or as tuned.
[[nodiscard]] const wire::NotifyPayload* find_error(const Core& core,
                                                    const std::vector<wire::Payload>& payloads);

}  // namespace karpspec::oracle::ike
