"""What hosts with a synchronous SDK share: threads, a guarded session and tokens that renew."""
