-- A row of prediction_plane says that the plane is there. It used to be written before the plane was predicted, so that
-- those of predictions that did not finish say nothing: they go.
DELETE FROM prediction_plane WHERE prediction_id IN (SELECT id FROM prediction WHERE state <> 'finished');
-- A command's prediction is listed when it is whole: these are listed again if their command has finished them since.
DELETE FROM prediction WHERE state <> 'finished' AND is_adopted = 1;
