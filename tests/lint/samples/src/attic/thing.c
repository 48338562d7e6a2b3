int attic; /* wants direction on the first line: the room is unknown */
