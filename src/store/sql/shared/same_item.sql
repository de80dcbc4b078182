-- The key of a message or dead letter m, from the driving row i.
m.queue = i.queue AND m.payment_id = i.payment_id AND m.sequence = i.sequence AND m.target = i.target
